/** What a person has to mend: the notices of all nodes, each with what to do. Nothing when all is well. */
import type { Node } from "@jumpa-madu/contracts/http/field";
import { words } from "../settings.ts";

export function NoticeSection({ nodes }: { nodes: Node[] }) {
  const say = words.value;
  const troubles = nodes
    .filter(({ revoked_at }) => revoked_at === null)
    .flatMap(({ id, name, notices }) => notices.map((notice) => ({ node: id, place: name, ...notice })));
  if (troubles.length === 0) return null;
  return (
    <section class="panel notices" aria-labelledby="notices-title">
      <h2 id="notices-title">{say.toMend}</h2>
      <ul class="notice-grid">
        {troubles.map(({ node, place, device, code, text }) => (
          <li key={`${node} ${device} ${code}`} data-notice={code}>
            <h3>{say[`notice_${code}`]}</h3>
            <p class="muted">
              {place} · {device}
            </p>
            <p class="detail" lang="en">
              {text}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
