/** One bin: how full it is, how far that can be believed, and how old it is. */
import type { Bin } from "@jumpa-madu/contracts/http/places";
import type { Words } from "../dictionary.ts";
import { age, percent, whole } from "../format.ts";
import { locale, words } from "../settings.ts";
import { type Band, bandOf, isSilent } from "./fill-level.ts";

export function BinCard({ bin, zoneName, nowMs }: { bin: Bin; zoneName: string; nowMs: number }) {
  const say = words.value;
  const band = bandOf(bin);
  const { level } = bin;
  const fill = level?.fill ?? null;
  return (
    <li class={`bin-card band-${band}${isSilent(bin, nowMs) ? " is-silent" : ""}`} data-bin={bin.id}>
      <Vessel bin={bin.id} fill={fill} />
      <div class="bin-facts">
        <h3>{bin.name}</h3>
        <p class="muted">
          {zoneName} · {say.liters(whole(bin.capacity_l, locale.value))}
        </p>
        <p class="bin-level">
          {fill === null ? (
            <span class="bin-none">
              {level === null ? absence(bin, say) : say.distance(whole(level.distance_mm, locale.value))}
            </span>
          ) : (
            <>
              <span class="bin-percent">{percent(fill, locale.value)}</span>{" "}
              <span class="band">{bandName(band, say)}</span>
            </>
          )}
        </p>
        {level !== null && (
          <p class="bin-foot">
            <span class={`quality quality-${level.quality}`}>{say[`quality_${level.quality}`]}</span>
            <time dateTime={level.measured_at}>
              {age(Date.parse(level.measured_at), nowMs, { locale: locale.value, words: say })}
            </time>
          </p>
        )}
      </div>
    </li>
  );
}

/** A bin seen from the side. The number beside it says the same, so it is hidden from those who cannot see it. */
function Vessel({ bin, fill }: { bin: string; fill: number | null }) {
  const inside = `inside-${bin}`;
  const heightPx = 62 * (fill ?? 0);
  return (
    <svg class="vessel" viewBox="0 0 60 84" aria-hidden="true">
      <defs>
        <clipPath id={inside}>
          <path d="M8 17h44l-4 60a4 4 0 0 1-4 3.700H16a4 4 0 0 1-4-3.700z" />
        </clipPath>
      </defs>
      <path class="vessel-wall" d="M8 17h44l-4 60a4 4 0 0 1-4 3.700H16a4 4 0 0 1-4-3.700z" />
      <g clip-path={`url(#${inside})`}>
        <rect class="vessel-fill" x="0" width="60" y={80 - heightPx} height={heightPx + 4} />
      </g>
      <path
        class="vessel-lid"
        d="M5 11.500h50a2.500 2.500 0 0 1 0 5H5a2.500 2.500 0 0 1 0-5z M24 11V8a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v3z"
      />
    </svg>
  );
}

/** Why there is no level. */
function absence({ node }: Bin, say: Words): string {
  return node === null ? say.noSensor : say.noReading;
}

function bandName(band: Band, say: Words): string {
  return {
    none: say.noReading,
    low: say.levelLow,
    mid: say.levelMid,
    high: say.levelHigh,
    full: say.levelFull,
  }[band];
}
