/** Tells whether a value has quotation marks around it, as `.env` files and `docker --env-file` leave them. */
export function hasQuotationMarks(value: string): boolean {
  return /^["'“].*["'”]$/.test(value);
}
