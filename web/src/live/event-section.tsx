/** What happened to bins in the last day. Nothing when nothing did. */
import type { Bin } from "@jumpa-madu/contracts/http/places";
import { age, percent } from "../format.ts";
import { locale, words } from "../settings.ts";
import type { WeighedEvent } from "./event-weight.ts";

const TONES = { urgent: "bad", due: "warn", good: "good" } as const;

export function EventSection({
  events,
  bins,
  nowMs,
}: {
  events: WeighedEvent[];
  bins: Bin[];
  nowMs: number;
}) {
  const say = words.value;
  if (events.length === 0) return null;
  const binNames = new Map(bins.map(({ id, name }) => [id, name]));
  return (
    <section class="panel events" aria-labelledby="events-title">
      <h2 id="events-title">{say.events}</h2>
      <ul class="rows">
        {events.map((one) => (
          <li
            class={one.weight === "urgent" ? "event-row is-urgent" : "event-row"}
            key={`${one.bin} ${one.occurred_at}`}
            data-event={one.event}
          >
            <div>
              <h3>{binNames.get(one.bin) ?? one.bin}</h3>
              <p class="muted">
                <time dateTime={one.occurred_at}>
                  {age(Date.parse(one.occurred_at), nowMs, { locale: locale.value, words: say })}
                </time>
                {one.fill_before !== null && one.fill_after !== null && (
                  <>
                    {" "}
                    · <span class="event-change">{changeOf(one.fill_before, one.fill_after)}</span>
                  </>
                )}
              </p>
            </div>
            <p class={`state state-${TONES[one.weight]}`}>
              {one.weight === "urgent" && `${say.urgent} `}
              {say[`event_${one.event}`]}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** From how full to how full, of an emptying. */
function changeOf(before: number, after: number): string {
  return `${percent(before, locale.value)} → ${percent(after, locale.value)}`;
}
