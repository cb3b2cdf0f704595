/** Bins without a node of ours: webhooks of LoRaWAN network servers, and the sensors whose uplinks come by them or as SenML. */
import Type, { type Static } from "typebox";
import { ContainerShape } from "../container-shape.ts";
import { EventId, NameId } from "../ids.ts";
import { BinSettings, binSettingsFault } from "../node-config.ts";
import { DistanceMm } from "../units.ts";
import { LIST_QUERY, Moment, NameCursor, orNull, pageOf, strict } from "./text.ts";

/** Network servers whose webhooks are understood: The Things Stack v3 and ChirpStack v4. */
export const WEBHOOK_SERVERS = ["ttn", "chirpstack"] as const;
export type WebhookServer = (typeof WEBHOOK_SERVERS)[number];

/** Models of LoRaWAN sensors whose payloads are understood. */
export const LORAWAN_MODELS = ["dragino-ldds45", "milesight-em400"] as const;
export type LorawanModel = (typeof LORAWAN_MODELS)[number];

/** DevEUI: 64 bits as 16 hexadecimal digits in lower case, which is also a name. */
export const DEV_EUI_PATTERN = "^[0-9a-f]{16}$";

/** Name of a sensor in SenML packs: the characters of RFC 8428 §4.5.1. */
export const SENML_NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9:./_-]{0,99}$";

const server = Type.Enum(WEBHOOK_SERVERS, { description: "the kind of network server that posts to it" });

export const Webhook = Type.Object(
  {
    id: NameId,
    server,
    path: Type.String({ description: "path at ingest that the network server posts to" }),
    revoked_at: orNull(Moment),
    created_at: Moment,
  },
  strict,
);
export type Webhook = Static<typeof Webhook>;
export const NewWebhook = Type.Object({ id: NameId, server }, strict);
export const CreatedWebhook = Type.Object(
  {
    ...Webhook.properties,
    secret: orNull(
      Type.String({
        description: "for `Authorization: Bearer <secret>`; shown once; null in a replay, then rotate it",
      }),
    ),
  },
  strict,
);
export const WebhookPage = pageOf(Webhook);

/** What is known of the bin that a remote sensor looks into. Without a calibration its readings stay unchecked. */
export const RemoteSettings = Type.Object(
  {
    calibration: BinSettings.calibration,
    container: Type.Optional(ContainerShape),
    full_at: BinSettings.full_at,
    full_until: BinSettings.full_until,
    air_temp_c: Type.Optional({
      ...BinSettings.air_temp_c,
      description: "usual air temperature; give it when the sensor does not correct for temperature itself",
    }),
    reach: Type.Optional(
      Type.Object(
        { min_mm: DistanceMm, max_mm: DistanceMm },
        { ...strict, description: "distances that the sensor can measure, by its data sheet" },
      ),
    ),
  },
  strict,
);
export type RemoteSettings = Static<typeof RemoteSettings>;

export const NewRemoteSensor = Type.Union([
  Type.Object(
    {
      source: Type.Literal("lorawan"),
      dev_eui: Type.String({ pattern: "^[0-9A-Fa-f]{16}$" }),
      model: Type.Enum(LORAWAN_MODELS),
      bin: NameId,
      settings: Type.Optional(RemoteSettings),
    },
    strict,
  ),
  Type.Object(
    {
      source: Type.Literal("senml"),
      node: NameId,
      name: Type.String({
        pattern: SENML_NAME_PATTERN,
        description: "of the sensor in the packs: what stands before `:distance`",
      }),
      bin: NameId,
      settings: Type.Optional(RemoteSettings),
    },
    strict,
  ),
]);
export type NewRemoteSensor = Static<typeof NewRemoteSensor>;

export const RemoteSensor = Type.Object(
  {
    id: EventId,
    source: Type.Enum(["lorawan", "senml"] as const),
    node: Type.String({ description: "DevEUI, or the node that sends the SenML; the tag of its readings" }),
    key: Type.String({ description: "DevEUI, or the name of the sensor in the packs" }),
    model: Type.String({ description: "`senml` for one of SenML" }),
    bin: NameId,
    settings: RemoteSettings,
    last_uplink_at: orNull(Moment),
    created_at: Moment,
    retired_at: orNull(Moment),
  },
  strict,
);
export type RemoteSensor = Static<typeof RemoteSensor>;
export const RemoteSensorPage = pageOf(RemoteSensor);
export const RemoteSensorQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, bin: Type.Optional(NameId) },
  strict,
);

/** What is wrong with the settings although their shape is right, in words; null when nothing is. */
export function remoteSettingsFault(settings: RemoteSettings): string | null {
  const { reach } = settings;
  if (reach !== undefined && reach.min_mm >= reach.max_mm)
    return `reach: min_mm (${reach.min_mm}) must be less than max_mm (${reach.max_mm})`;
  return binSettingsFault(settings);
}
