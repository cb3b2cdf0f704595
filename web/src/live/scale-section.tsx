/** Scales with the weight that they show now. */
import type { Scale } from "@jumpa-madu/contracts/http/places";
import type { Words } from "../dictionary.ts";
import { age, kilograms } from "../format.ts";
import { locale, words } from "../settings.ts";

export function ScaleSection({ scales, nowMs }: { scales: Scale[]; nowMs: number }) {
  const say = words.value;
  return (
    <section class="panel" aria-labelledby="scales-title">
      <h2 id="scales-title">{say.scales}</h2>
      {scales.length === 0 && <p class="empty">{say.noScales}</p>}
      <ul class="rows">
        {scales.map((scale) => (
          <ScaleRow scale={scale} nowMs={nowMs} key={scale.id} />
        ))}
      </ul>
    </section>
  );
}

function ScaleRow({ scale: { id, name, weight }, nowMs }: { scale: Scale; nowMs: number }) {
  const say = words.value;
  return (
    <li class="scale-row" data-scale={id}>
      <div>
        <h3>{name}</h3>
        <p class="muted">
          {weight === null
            ? say.noReading
            : age(Date.parse(weight.measured_at), nowMs, { locale: locale.value, words: say })}
        </p>
      </div>
      {weight !== null && (
        <div class="scale-weight">
          <p>
            <span class="number">{kilograms(weight.weight_g, locale.value)}</span>{" "}
            <span class="unit">kg</span>
          </p>
          <p class={`state ${weight.stable === true ? "state-good" : "state-warn"}`}>
            {stabilityOf(weight.stable, say)}
          </p>
        </div>
      )}
    </li>
  );
}

function stabilityOf(stable: boolean | null, say: Words): string {
  if (stable === null) return say.stabilityUnknown;
  return stable ? say.stable : say.moving;
}
