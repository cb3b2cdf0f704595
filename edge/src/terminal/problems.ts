/** Every problem that the terminal answers with, by its code. The titles are for the operator, in Indonesian. */
import { PROBLEM_MEDIA_TYPE, type Problem } from "@jumpa-madu/contracts/problem";
import type { FastifyReply } from "fastify";

/** Status and title of each kind of problem. */
const PROBLEMS = {
  invalid_request: [400, "Permintaan tidak sah"],
  forbidden_host: [403, "Alamat tidak diizinkan"],
  forbidden_origin: [403, "Asal halaman tidak diizinkan"],
  not_found: [404, "Tidak ditemukan"],
  disconnected: [409, "Timbangan tidak terhubung"],
  stale: [409, "Timbangan tidak mengirim berat baru"],
  moving: [409, "Timbangan masih bergerak"],
  negative: [409, "Berat di bawah nol"],
  empty: [409, "Timbangan kosong"],
  overload: [409, "Beban melebihi batas timbangan"],
  underload: [409, "Beban di bawah batas timbangan"],
  no_printer: [409, "Terminal ini tidak punya printer"],
  conflict: [409, "Sudah tercatat dengan isi yang berbeda"],
  scale_cannot: [409, "Timbangan tidak mengenal perintah ini"],
  scale_busy: [409, "Timbangan belum menerima perintah; coba lagi"],
  scale_unbound: [409, "Timbangan belum terdaftar pada terminal ini"],
  verification_expired: [409, "Tera timbangan sudah habis"],
  void_late: [409, "Batas waktu pembatalan sudah lewat"],
  weighing_used: [409, "Penimbangan sudah dipakai"],
  weighing_gone: [409, "Penimbangan tidak ada atau sudah kedaluwarsa"],
  too_large: [413, "Permintaan terlalu besar"],
  unsupported_media_type: [415, "Isi harus JSON"],
  unknown_scale: [422, "Timbangan tidak dikenal"],
  unknown_member: [422, "Nasabah tidak dikenal"],
  unknown_material: [422, "Bahan tidak dikenal"],
  no_price: [422, "Bahan belum punya harga"],
  nothing_to_pay: [422, "Belum ada yang dapat dibayar tunai"],
  typed_needs_supervisor: [422, "Berat yang diketik perlu persetujuan pengawas"],
  unknown_supervisor: [422, "Pengawas tidak dikenal"],
  wrong_pin: [422, "PIN pengawas salah"],
  out_of_range: [422, "Nilai di luar batas"],
  supervisor_locked: [429, "Pengawas terkunci untuk sementara"],
  internal: [500, "Kesalahan pada terminal"],
  clock_unset: [503, "Jam terminal belum benar"],
  no_catalogue: [503, "Daftar harga belum diterima"],
  too_many_listeners: [503, "Terlalu banyak layar terbuka"],
  storage_full: [507, "Penyimpanan penuh: setoran tidak dicatat"],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Expected trouble: its kind, and what is wrong here. */
export interface Fault {
  code: ProblemCode;
  detail?: string;
  faults?: Problem["faults"];
  /** Seconds after which it may be tried again. */
  retryAfterS?: number;
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, { code, detail, faults, retryAfterS }: Fault): FastifyReply {
  if (retryAfterS !== undefined) void reply.header("retry-after", String(retryAfterS));
  const [status, title] = PROBLEMS[code];
  const problem: Problem = {
    type: "about:blank",
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(faults === undefined ? {} : { faults }),
  };
  return reply.code(status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}
