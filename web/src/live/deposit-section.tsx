/** The latest deposits. */
import type { PostedDeposit } from "@jumpa-madu/contracts/http/deposits";
import { age, kilograms, rupiah } from "../format.ts";
import { locale, words } from "../settings.ts";

export function DepositSection({ deposits, nowMs }: { deposits: PostedDeposit[]; nowMs: number }) {
  const say = words.value;
  return (
    <section class="panel" aria-labelledby="deposits-title">
      <h2 id="deposits-title">{say.deposits}</h2>
      {deposits.length === 0 && <p class="empty">{say.noDeposits}</p>}
      <ul class="rows">
        {deposits.map((deposit) => (
          <li class={deposit.voided === null ? "deposit-row" : "deposit-row is-voided"} key={deposit.id}>
            <div>
              <h3>
                <span class="visually-hidden">{say.receipt} </span>
                {deposit.receipt_no}
              </h3>
              <p class="muted">
                <time dateTime={deposit.occurred_at}>
                  {age(Date.parse(deposit.occurred_at), nowMs, { locale: locale.value, words: say })}
                </time>{" "}
                · {say.materials(deposit.lines.length)}
              </p>
            </div>
            <div class="deposit-sum">
              <p class="number">{rupiah(deposit.total_idr)}</p>
              <p class="muted">
                {deposit.voided === null ? `${kilograms(netG(deposit), locale.value)} kg` : say.voided}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function netG({ lines }: PostedDeposit): number {
  return lines.reduce((sum, line) => sum + line.net_g, 0);
}
