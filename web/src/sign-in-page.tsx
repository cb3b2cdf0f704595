/** The page on which people sign in. */
import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";
import { ApiError, signIn } from "./api-client.ts";
import type { Words } from "./dictionary.ts";
import { Mark } from "./mark.tsx";
import { Preferences } from "./preferences.tsx";
import { enter, hasEnded } from "./session.ts";
import { words } from "./settings.ts";

export function SignInPage() {
  const say = words.value;
  const username = useSignal("");
  const password = useSignal("");
  const isShown = useSignal(false);
  const isBusy = useSignal(false);
  const trouble = useSignal<ApiError | null>(null);

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    trouble.value = null;
    try {
      enter(await signIn(username.value.trim().toLowerCase(), password.value));
    } catch (error) {
      trouble.value = error instanceof ApiError ? error : new ApiError("no_answer", { cause: error });
    } finally {
      isBusy.value = false;
    }
  }

  const message =
    trouble.value === null ? (hasEnded.value ? say.sessionEnded : "") : wordsOf(trouble.value, say);
  return (
    <main class="sign-in">
      <section class="sign-in-card">
        <div class="sign-in-brand">
          <Mark />
          <div>
            <p class="brand-name">{say.title}</p>
            <p class="brand-tagline">{say.tagline}</p>
          </div>
        </div>
        <h1>{say.signInTitle}</h1>
        <p class="muted">{say.signInLead}</p>
        <form onSubmit={(event) => void submit(event)}>
          <label class="field">
            <span>{say.username}</span>
            <input
              name="username"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              value={username.value}
              onInput={({ currentTarget }) => {
                username.value = currentTarget.value;
              }}
            />
          </label>
          <label class="field">
            <span>{say.password}</span>
            <input
              name="password"
              {...(isShown.value ? { type: "text" as const } : { type: "password" as const })}
              autocomplete="current-password"
              required
              value={password.value}
              onInput={({ currentTarget }) => {
                password.value = currentTarget.value;
              }}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={isShown.value}
              onChange={({ currentTarget }) => {
                isShown.value = currentTarget.checked;
              }}
            />
            <span>{say.showPassword}</span>
          </label>
          <p class="form-message" role="alert">
            {message}
          </p>
          <button class="button-main" type="submit" disabled={isBusy.value}>
            {isBusy.value ? say.signingIn : say.signIn}
          </button>
        </form>
        <Preferences />
      </section>
    </main>
  );
}

function wordsOf({ code, retryAfterS }: ApiError, say: Words): string {
  if (code === "wrong_credentials") return say.wrongCredentials;
  if (code === "too_many_requests") return say.tooManyTries(Math.max(1, Math.ceil(retryAfterS / 60)));
  return say.noServer;
}
