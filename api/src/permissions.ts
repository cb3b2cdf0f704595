/** Who may do what: the one table. A route names a permission; the table says which roles have it. */
import type { User } from "@jumpa-madu/store/users";
import { ProblemError } from "./problem-error.ts";

type Role = User["role"];

const everyone = ["admin", "staff", "operator", "collector", "member"] as const;
const office = ["admin", "staff"] as const;

/**
 * Roles of each permission.
 *
 * What a permission shows is narrowed further by who asks (`auth/scope.ts`): an operator sees the own waste bank, a
 * member sees the own books.
 */
export const PERMISSIONS = {
  "sessions.end": everyone,
  "passwords.change": everyone,
  "users.read": ["admin"],
  "users.write": ["admin"],
  "zones.read": ["admin", "staff", "operator", "collector"],
  "zones.write": office,
  "waste_banks.read": everyone,
  "waste_banks.write": office,
  "nodes.read": ["admin", "staff", "operator"],
  "nodes.write": ["admin"],
  "webhooks.read": office,
  "webhooks.write": ["admin"],
  "remote_sensors.read": ["admin", "staff", "operator"],
  "remote_sensors.write": office,
  "bins.read": ["admin", "staff", "operator", "collector"],
  "bins.write": office,
  "scales.read": ["admin", "staff", "operator"],
  "scales.write": office,
  "materials.read": everyone,
  "materials.write": office,
  "prices.read": everyone,
  "prices.write": office,
  "terms.read": everyone,
  "terms.write": office,
  "off_takers.read": ["admin", "staff", "operator"],
  "off_takers.write": office,
  "sales.read": ["admin", "staff", "operator"],
  "sales.write": ["admin", "staff", "operator"],
  "sales.void": office,
  "stock.read": ["admin", "staff", "operator"],
  "stock_counts.write": ["admin", "staff", "operator"],
  "stock_counts.decide": office,
  "reports.read": ["admin", "staff", "operator"],
  "members.list": ["admin", "staff", "operator"],
  "members.read": ["admin", "staff", "operator", "member"],
  "members.write": ["admin", "staff", "operator"],
  "members.close": office,
  "members.erase": office,
  "accounts.read": ["admin", "staff", "operator", "member"],
  "deposits.read": ["admin", "staff", "operator", "member"],
  "savings_products.read": everyone,
  "savings_products.write": office,
  "books.read": ["admin", "staff", "operator", "member"],
  "books.write": ["admin", "staff", "operator"],
  "mass_withdrawals.read": ["admin", "staff", "operator"],
  "mass_withdrawals.request": ["admin", "staff", "operator"],
  "mass_withdrawals.approve": office,
  "shifts.read": ["admin", "staff", "operator", "collector"],
  "shifts.write": ["staff", "operator", "collector"],
  "shifts.confirm": office,
  "cash_movements.read": office,
  "cash_movements.write": office,
  "cash_movements.approve": office,
  "expenses.read": ["admin", "staff", "operator"],
  "expenses.write": ["admin", "staff", "operator"],
  "expenses.approve": office,
  "expenses.void": office,
  "solvency.read": ["admin", "staff", "operator"],
  "solvency.programme": office,
  "cash_alarms.read": office,
  "deposits.write": ["admin", "staff", "operator", "collector"],
  "deposits.correct": office,
  "differences.read": office,
  "differences.settle": office,
  "payouts.read": ["admin", "staff", "operator", "member"],
  "payouts.request": ["admin", "staff", "operator", "member"],
  "payouts.approve": office,
  "payouts.pay": ["staff", "operator"],
  "payouts.resolve": office,
  "owed_settlements.read": ["admin", "staff", "operator"],
  "owed_settlements.ask": ["staff", "operator"],
  "owed_settlements.approve": office,
  "payout_rules.read": ["admin", "staff", "operator"],
  "payout_rules.write": ["admin"],
  "payout_rules.approve": ["admin", "staff"],
  "payout_alarms.read": office,
  "payout_alarms.see": office,
  "payout_inbox.settle": office,
  "destinations.read": ["admin", "staff", "operator", "member"],
  "destinations.write": ["admin", "staff", "operator", "member"],
  "destinations.confirm": office,
  "quarantine.read": office,
  "quarantine.repost": office,
  "quarantine.set_aside": office,
  "gaps.read": office,
  "closes.read": ["admin", "staff", "operator"],
  "audit_events.read": office,
  "telemetry.read": ["admin", "staff", "operator", "collector"],
} as const satisfies Record<string, readonly Role[]>;

/**
 * Permissions that no role has: `public` asks nothing of anybody; `node` is shown by a node's own secret; `metrics` by
 * standing on the same machine or by a token. The route itself checks the last two.
 */
export const OPEN_PERMISSIONS = ["public", "node", "metrics"] as const;

export type Permission = keyof typeof PERMISSIONS | (typeof OPEN_PERMISSIONS)[number];

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may call the route. A route without one is refused when the app starts. */
    permission?: Permission;
  }
  interface FastifyRequest {
    /** Who is signed in; null when nobody is. */
    caller: User | null;
  }
}

/** Throws ProblemError `unauthenticated` or `forbidden` when the caller may not do this. */
export function requirePermission(permission: Permission | undefined, caller: User | null): void {
  if (permission === "public" || permission === "node" || permission === "metrics") return;
  if (caller === null) {
    throw new ProblemError(
      "unauthenticated",
      "sign in first: POST /v1/sessions, then send the token as a bearer",
      {
        headers: { "www-authenticate": 'Bearer realm="jumpa-madu"' },
      },
    );
  }
  const roles: readonly Role[] = permission === undefined ? [] : PERMISSIONS[permission];
  if (!roles.includes(caller.role)) {
    throw new ProblemError(
      "forbidden",
      `the role ${caller.role} may not do this; these may: ${roles.join(", ")}`,
    );
  }
}

/** The signed-in caller of a route that asks for one. */
export function callerOf({ caller }: { caller: User | null }): User {
  if (caller === null) throw new ProblemError("unauthenticated", "sign in first");
  return caller;
}
