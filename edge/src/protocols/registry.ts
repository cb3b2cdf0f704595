/** Registry of device protocols: a new protocol is one file beside this one, and one line here. */
import type { Protocol as ProtocolKey } from "@jumpa-madu/contracts/protocols";
import { a01nyub, a02yyuw, jsnSr04t, jsnSr04tPolled, me007ys } from "./a02yyuw.ts";
import { adamCpw } from "./adam-cpw.ts";
import { andStandard } from "./and-standard.ts";
import { baxtranUf } from "./baxtran-uf.ts";
import { berkel } from "./berkel.ts";
import { cas22 } from "./cas-22.ts";
import { casDc1 } from "./cas-dc1.ts";
import { casPd2 } from "./cas-pd2.ts";
import { dibalG310 } from "./dibal-g310.ts";
import { gm65 } from "./gm65.ts";
import { maxbotixMm } from "./maxbotix-mm.ts";
import { mtSics } from "./mt-sics.ts";
import { nci } from "./nci.ts";
import { ohaus } from "./ohaus.ts";
import { plain } from "./plain.ts";
import type { DeviceProtocol } from "./protocol.ts";
import { rdm6300 } from "./rdm6300.ts";
import { sartoriusSbi } from "./sartorius-sbi.ts";
import { stGs } from "./st-gs.ts";
import { stGsColon } from "./st-gs-colon.ts";
import { tenzoEq } from "./tenzo-eq.ts";
import { tfmini } from "./tfmini.ts";
import { tfminiPix } from "./tfmini-pix.ts";
import { ti400P08 } from "./ti400-p08.ts";
import { toledo8217 } from "./toledo-8217.ts";
import { toledoContinuous } from "./toledo-continuous.ts";
import { xk3190A9 } from "./xk3190-a9.ts";
import { xk3190A12W } from "./xk3190-a12-w.ts";
import { xk3190A12eChk } from "./xk3190-a12e-chk.ts";
import { xk3190Fwd } from "./xk3190-fwd.ts";
import { xk3190Rev } from "./xk3190-rev.ts";

/** Every protocol by its key; the type makes sure that each key of the configuration has one. */
const REGISTRY: { readonly [Key in ProtocolKey]: DeviceProtocol } = {
  a02yyuw,
  me007ys,
  a01nyub,
  "jsn-sr04t": jsnSr04t,
  "jsn-sr04t-polled": jsnSr04tPolled,
  "maxbotix-mm": maxbotixMm,
  tfmini,
  "tfmini-pix": tfminiPix,
  "st-gs": stGs,
  "adam-cpw": adamCpw,
  "and-standard": andStandard,
  "baxtran-uf": baxtranUf,
  "dibal-g310": dibalG310,
  ohaus,
  plain,
  "sartorius-sbi": sartoriusSbi,
  "st-gs-colon": stGsColon,
  "tenzo-eq": tenzoEq,
  "ti400-p08": ti400P08,
  "mt-sics": mtSics,
  berkel,
  "cas-22": cas22,
  "cas-dc1": casDc1,
  "cas-pd2": casPd2,
  nci,
  "toledo-8217": toledo8217,
  "toledo-continuous": toledoContinuous,
  "xk3190-a9": xk3190A9,
  "xk3190-a12-w": xk3190A12W,
  "xk3190-a12e-chk": xk3190A12eChk,
  "xk3190-fwd": xk3190Fwd,
  "xk3190-rev": xk3190Rev,
  gm65,
  rdm6300,
};

/** Protocols that can be recognised by their bytes: all but the text of a code reader, which may be any line of text. */
export const RECOGNISABLE: readonly DeviceProtocol[] = Object.values(REGISTRY).filter((one) => one !== gm65);

/** Keys of all protocols. */
export const PROTOCOL_KEYS = Object.keys(REGISTRY);

/** The protocol of a configured port. */
export function protocolOf(key: ProtocolKey): DeviceProtocol {
  return REGISTRY[key];
}

/** Finds a protocol by a key from outside; null when there is none. */
export function findProtocol(key: string): DeviceProtocol | null {
  return Object.values(REGISTRY).find((protocol) => protocol.key === key) ?? null;
}
