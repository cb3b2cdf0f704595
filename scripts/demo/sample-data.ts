/**
 * Sample data for the demo: real districts of Deli Serdang with plausible places in them, no real or invented person.
 *
 * Coordinates are WGS 84 degrees; bins are scattered within about a kilometre and a half of a district's centre.
 */

/** District (kecamatan): name and a point near its centre. */
export const ZONES = [
  { id: "lubuk-pakam", name: "Lubuk Pakam", lat: 3.5536, lon: 98.8775 },
  { id: "tanjung-morawa", name: "Tanjung Morawa", lat: 3.5256, lon: 98.787 },
  { id: "percut-sei-tuan", name: "Percut Sei Tuan", lat: 3.656, lon: 98.756 },
  { id: "batang-kuis", name: "Batang Kuis", lat: 3.6086, lon: 98.8119 },
  { id: "beringin", name: "Beringin", lat: 3.635, lon: 98.886 },
  { id: "pantai-labu", name: "Pantai Labu", lat: 3.672, lon: 98.905 },
  { id: "sunggal", name: "Sunggal", lat: 3.583, lon: 98.605 },
  { id: "deli-tua", name: "Deli Tua", lat: 3.501, lon: 98.683 },
  { id: "pancur-batu", name: "Pancur Batu", lat: 3.468, lon: 98.593 },
  { id: "hamparan-perak", name: "Hamparan Perak", lat: 3.748, lon: 98.587 },
  { id: "galang", name: "Galang", lat: 3.479, lon: 98.896 },
  { id: "patumbak", name: "Patumbak", lat: 3.497, lon: 98.72 },
] as const;

export const WASTE_BANKS = [
  { id: "bsi-berseri", name: "Bank Sampah Induk Berseri", zone: "lubuk-pakam", lat: 3.5561, lon: 98.8742 },
  {
    id: "bsu-bakaran-batu",
    name: "Bank Sampah Pasar Bakaran Batu",
    zone: "lubuk-pakam",
    lat: 3.5489,
    lon: 98.8651,
  },
  {
    id: "bsu-bandar-khalipah",
    name: "Bank Sampah Bandar Khalipah",
    zone: "percut-sei-tuan",
    lat: 3.6107,
    lon: 98.7398,
  },
] as const;

/** Materials and what a member gets for a kilogram, in whole rupiah. */
export const MATERIALS = [
  { id: "pet-bersih", name: "Botol PET bersih", category: "plastik", priceIdrPerKg: 1625 },
  { id: "pet-campur", name: "Botol PET campur", category: "plastik", priceIdrPerKg: 780 },
  { id: "emberan", name: "Plastik emberan", category: "plastik", priceIdrPerKg: 1170 },
  { id: "kardus", name: "Kardus", category: "kertas", priceIdrPerKg: 845 },
  { id: "hvs", name: "Kertas HVS", category: "kertas", priceIdrPerKg: 1105 },
  { id: "besi", name: "Besi", category: "logam", priceIdrPerKg: 2600 },
  { id: "aluminium", name: "Kaleng aluminium", category: "logam", priceIdrPerKg: 9100 },
  { id: "botol-kaca", name: "Botol kaca", category: "kaca", priceIdrPerKg: 195 },
  { id: "jelantah", name: "Minyak jelantah", category: "lainnya", priceIdrPerKg: 3900 },
] as const;

/** Bins of each district. */
export const BINS_PER_ZONE = 5;

/** Members of each waste bank. They are called by number, because no person is made up. */
export const MEMBERS_PER_WASTE_BANK = 12;

/** Sizes in which bins are bought, in litres, with the distance from the lid to the empty bottom, in millimetres. */
const SIZES = [
  { capacityL: 240, emptyMm: 950 },
  { capacityL: 660, emptyMm: 1_100 },
  { capacityL: 1_100, emptyMm: 1_250 },
] as const;

/** Distance from the sensor at which a bin counts as full, in millimetres: every sensor sees a heap above it, too. */
export const FULL_MM = 350;

/** A bin of the sample. */
export interface SampleBin {
  id: string;
  name: string;
  zone: string;
  lat: number;
  lon: number;
  capacityL: number;
  emptyMm: number;
}

/** The sixty bins: the same every time. */
export function sampleBins(): SampleBin[] {
  return ZONES.flatMap((zone, zoneIndex) =>
    Array.from({ length: BINS_PER_ZONE }, (_, index) => {
      const number = zoneIndex * BINS_PER_ZONE + index;
      const size = SIZES[number % SIZES.length] ?? SIZES[0];
      // Turning by the golden angle scatters them evenly without a random source.
      const angle = number * 2.399963;
      const radius = 0.003 + 0.0025 * index;
      return {
        id: `bin-${String(number + 1).padStart(4, "0")}`,
        name: `${zone.name} ${index + 1}`,
        zone: zone.id,
        lat: round6(zone.lat + radius * Math.sin(angle)),
        lon: round6(zone.lon + radius * Math.cos(angle)),
        capacityL: size.capacityL,
        emptyMm: size.emptyMm,
      };
    }),
  );
}

function round6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
