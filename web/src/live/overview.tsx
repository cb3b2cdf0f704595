/** Four numbers that say whether somebody has to go out. */
import type { Node } from "@jumpa-madu/contracts/http/field";
import type { Bin } from "@jumpa-madu/contracts/http/places";
import { percent, whole } from "../format.ts";
import { locale, words } from "../settings.ts";
import { COLLECT_FILL, isSilent, SILENT_MS } from "./fill-level.ts";

export function Overview({ bins, nodes, nowMs }: { bins: Bin[]; nodes: Node[] | null; nowMs: number }) {
  const say = words.value;
  const fills = bins.flatMap(({ level }) => (level === null || level.fill === null ? [] : [level.fill]));
  const mean = fills.length === 0 ? null : fills.reduce((sum, fill) => sum + fill, 0) / fills.length;
  const toCollect = fills.filter((fill) => fill >= COLLECT_FILL).length;
  const silent = bins.filter((bin) => isSilent(bin, nowMs)).length;
  return (
    <section aria-label={say.overview}>
      <dl class="tiles">
        <Tile
          name={say.toCollect}
          value={whole(toCollect, locale.value)}
          note={say.toCollectNote(percent(COLLECT_FILL, locale.value))}
          tone={toCollect > 0 ? "full" : "good"}
        />
        <Tile
          name={say.meanFill}
          value={mean === null ? "–" : percent(mean, locale.value)}
          note={say.meanFillNote(fills.length)}
          tone="plain"
        />
        <Tile
          name={say.silent}
          value={whole(silent, locale.value)}
          note={say.silentNote(SILENT_MS / 60_000)}
          tone={silent > 0 ? "warn" : "good"}
        />
        {nodes !== null && <OnlineTile nodes={nodes} />}
      </dl>
    </section>
  );
}

function OnlineTile({ nodes }: { nodes: Node[] }) {
  const say = words.value;
  const used = nodes.filter(({ revoked_at }) => revoked_at === null);
  const online = used.filter(({ status }) => status?.online === true).length;
  return (
    <Tile
      name={say.nodesOnline}
      value={whole(online, locale.value)}
      note={say.nodesOnlineNote(used.length)}
      tone={online < used.length ? "warn" : "good"}
    />
  );
}

function Tile({ name, value, note, tone }: { name: string; value: string; note: string; tone: string }) {
  return (
    <div class={`tile tone-${tone}`}>
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        <span class="tile-note">{note}</span>
      </dd>
    </div>
  );
}
