import { z } from "zod";
import type { Brief } from "../style/brief.ts";
import { formSchema, profileSchema } from "../style/form.ts";
import type { Lexicon } from "../style/load-lexicon.ts";
import { parseBrief } from "../style/parse-brief.ts";
import { recogniseRequest } from "../style/recognise-request.ts";
import type { Sample } from "./sample.ts";

const chatBodySchema = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
});
const generateBodySchema = z.looseObject({
  form: formSchema,
  profile: profileSchema.nullish(),
  outfits: z.number().nullish(),
});

/** The brief in a logged request body, of a chat completion or of `/generate`; null when there is none. */
export function readLoggedBrief(body: unknown, lexicon: Lexicon): Brief | null {
  const chat = chatBodySchema.safeParse(body);
  if (chat.success) return recogniseRequest(chat.data, lexicon);
  const generate = generateBodySchema.safeParse(body);
  if (!generate.success) return null;
  const { form, profile, outfits } = generate.data;
  return parseBrief({ form, profile: profile ?? undefined, outfits: outfits ?? undefined }, lexicon);
}

/** The brief of a sample; it asks for as many outfits as its plan has. */
export function readSampleBrief({ input, output }: Sample, lexicon: Lexicon): Brief {
  return parseBrief({ ...input, outfits: output.outfits.length }, lexicon);
}

/** A brief as a sample's input: known fields only, no address of the user's picture. */
export function convertBriefToInput({ form, profile }: Brief): Sample["input"] {
  const { preparing_for, preferred_brand, budget, description } = form;
  const { gender, age, heightCm, weightKg, locale, preferredUnits, imageTags } = profile;
  return {
    form: { preparing_for, preferred_brand, budget, description },
    profile: { gender, age, heightCm, weightKg, locale, preferredUnits, imageTags },
  };
}
