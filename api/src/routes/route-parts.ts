/** Parts that the routes' schemas share. */
import { EventId, NameId } from "@jumpa-madu/contracts/ids";
import Type from "typebox";

/** Path of one place or device. */
export const NamePath = Type.Object({ id: NameId });

/** Path of one person or event. */
export const EventPath = Type.Object({ id: EventId });
