/**
 * What to do about a card or number that is no member's.
 *
 * The catalogue holds no member who was closed, so that a terminal keeps nothing of people who have left; that is why it cannot
 * tell them from people who were never there, and says what to do in either case.
 */
export const UNKNOWN_MEMBER_ADVICE =
  "bukan nasabah aktif di sini. Nasabah baru: tunggu satu menit selagi jaringan tersambung. Sudah ditutup: jangan terima setorannya, minta staf mendaftarkannya lagi: no active member here; a new one comes with the next catalogue, one who was closed must be registered again by staff";
