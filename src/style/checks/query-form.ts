import type { Check } from "./check.ts";

const PRICE =
  /[$€£¥₹₩₽₺₪₫฿₱₦₴]|\d\s?(?:usd|eur|gbp|dollars?|euros?|pounds?|bucks)\b|\b(?:usd|eur|gbp)\b|\b(?:under|below|over|up to|less than|max)\s+\d/i;
const SENTENCE_MARK = /[!?;:,"\n]|\.(?:\s|$)/;

/** A product search: 2 to 10 words, no prices, no sentence marks. */
export const checkQueryForm: Check = ({ outfit }) => {
  for (const { query } of outfit.items) {
    const count = query.trim() === "" ? 0 : query.trim().split(/\s+/).length;
    if (count < 2 || count > 10) return `${count} words in "${query}"`;
    if (PRICE.test(query)) return `a price in "${query}"`;
    if (SENTENCE_MARK.test(query)) return `sentence marks in "${query}"`;
  }
  return null;
};
