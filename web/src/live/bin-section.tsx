/** Bins with their levels, filtered by district. */
import type { Bin } from "@jumpa-madu/contracts/http/places";
import { useSignal } from "@preact/signals";
import { words } from "../settings.ts";
import { BinCard } from "./bin-card.tsx";
import { inOrder, isMeasured, ORDERS, type Order } from "./fill-level.ts";
import type { Live } from "./live-state.ts";

export function BinSection({
  page,
  live,
  nowMs,
}: {
  page: { items: Bin[]; next: string | null };
  live: Live;
  nowMs: number;
}) {
  const say = words.value;
  const order = useSignal<Order>("full");
  const zoneNames = new Map(live.zones.value.map(({ id, name }) => [id, name]));
  const orderNames: Record<Order, string> = { full: say.orderFull, name: say.orderName, old: say.orderOld };
  const bins = inOrder(page.items, order.value);
  const measured = bins.filter(isMeasured);
  const others = bins.filter((bin) => !isMeasured(bin));
  const card = (bin: Bin) => (
    <BinCard bin={bin} zoneName={zoneNames.get(bin.zone) ?? bin.zone} nowMs={nowMs} key={bin.id} />
  );
  return (
    <section class="panel bins" aria-labelledby="bins-title">
      <div class="panel-head">
        <h2 id="bins-title">{say.bins}</h2>
        <div class="filters">
          <label>
            <span class="visually-hidden">{say.zoneFilter}</span>
            <select
              value={live.zone.value}
              onChange={({ currentTarget }) => live.chooseZone(currentTarget.value)}
            >
              <option value="">{say.allZones}</option>
              {live.zones.value.map(({ id, name }) => (
                <option value={id} key={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span class="visually-hidden">{say.order}</span>
            <select
              value={order.value}
              onChange={({ currentTarget }) => {
                order.value = ORDERS.find((one) => one === currentTarget.value) ?? "full";
              }}
            >
              {ORDERS.map((one) => (
                <option value={one} key={one}>
                  {orderNames[one]}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      {page.items.length === 0 && <p class="empty">{say.noBins}</p>}
      {measured.length > 0 && <ul class="bin-grid">{measured.map(card)}</ul>}
      {others.length > 0 && (
        <details class="folded" open={measured.length === 0}>
          <summary>{say.binsWithoutSensor(others.length)}</summary>
          <ul class="bin-grid">{others.map(card)}</ul>
        </details>
      )}
      {page.next !== null && <p class="empty">{say.moreBins}</p>}
    </section>
  );
}
