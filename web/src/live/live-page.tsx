/** The live page: what stands where now. */
import type { Session } from "@jumpa-madu/contracts/http/people";
import { useEffect, useMemo } from "preact/hooks";
import { serverNowMs, signOut } from "../api-client.ts";
import { timeOfDay } from "../format.ts";
import { Mark } from "../mark.tsx";
import { Preferences } from "../preferences.tsx";
import { leave } from "../session.ts";
import { locale, words } from "../settings.ts";
import { BinSection } from "./bin-section.tsx";
import { DepositSection } from "./deposit-section.tsx";
import { EventSection } from "./event-section.tsx";
import { type Live, openLive } from "./live-state.ts";
import { NodeSection } from "./node-section.tsx";
import { NoticeSection } from "./notice-section.tsx";
import { Overview } from "./overview.tsx";
import { ScaleSection } from "./scale-section.tsx";

export function LivePage({ session }: { session: Session }) {
  const live = useMemo(() => openLive(session), [session]);
  useEffect(() => () => live.close(), [live]);
  const say = words.value;
  const picture = live.picture.value;
  const nowMs = live.seenMs.value ?? serverNowMs();
  return (
    <>
      <a class="skip" href="#content">
        {say.skip}
      </a>
      <TopBar session={session} live={live} />
      <LostBanner live={live} />
      <main id="content" class={live.isLost.value ? "content is-stale" : "content"}>
        <h1 class="visually-hidden">{say.title}</h1>
        {picture === null ? (
          <p class="muted">{say.loading}</p>
        ) : (
          <>
            {picture.bins && <Overview bins={picture.bins.items} nodes={picture.nodes} nowMs={nowMs} />}
            {picture.nodes && <NoticeSection nodes={picture.nodes} />}
            <div class="columns">
              {picture.bins && <BinSection page={picture.bins} live={live} nowMs={nowMs} />}
              <div class="side">
                {picture.scales && <ScaleSection scales={picture.scales} nowMs={nowMs} />}
                {picture.events && (
                  <EventSection events={picture.events} bins={picture.bins?.items ?? []} nowMs={nowMs} />
                )}
                {picture.deposits && <DepositSection deposits={picture.deposits} nowMs={nowMs} />}
                {picture.nodes && <NodeSection nodes={picture.nodes} nowMs={nowMs} />}
              </div>
            </div>
          </>
        )}
      </main>
    </>
  );
}

function TopBar({ session, live }: { session: Session; live: Live }) {
  const say = words.value;
  return (
    <header class="top-bar">
      <div class="brand">
        <Mark />
        <span class="brand-name">{say.title}</span>
      </div>
      {!live.isLost.value && live.seenMs.value !== null && (
        <span class="live-chip">
          <span class="pulse" aria-hidden="true" />
          {say.live}
        </span>
      )}
      <Preferences />
      <span class="who">{session.user.username}</span>
      <button
        class="button-quiet"
        type="button"
        onClick={() => {
          void signOut(session.token);
          leave({ ended: false });
        }}
      >
        {say.signOut}
      </button>
    </header>
  );
}

/** Always in the document, so that screen readers hear when it fills. */
function LostBanner({ live }: { live: Live }) {
  const say = words.value;
  const seenMs = live.seenMs.value;
  return (
    <div role="status" class="lost-place">
      {live.isLost.value && (
        <div class="lost">
          <strong>{say.lost}.</strong>
          <span>{seenMs === null ? say.lostNever : say.lostDetail(timeOfDay(seenMs, locale.value))}</span>
          <button class="button-quiet" type="button" onClick={() => live.wake()}>
            {say.retry}
          </button>
        </div>
      )}
    </div>
  );
}
