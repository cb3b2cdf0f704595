/** Starts the pages. */
import { render } from "preact";
import { LivePage } from "./live/live-page.tsx";
import { session } from "./session.ts";
import { SignInPage } from "./sign-in-page.tsx";

function App() {
  return session.value === null ? (
    <SignInPage />
  ) : (
    <LivePage session={session.value} key={session.value.token} />
  );
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
