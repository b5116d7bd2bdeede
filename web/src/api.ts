// One question to the desk at a time; its refusals come with what to do.

import type { ApiError } from "./wire";

export class Refused extends Error {
  constructor(readonly body: ApiError) {
    super(body.detail);
  }
}

/** GET `path`; throws Refused with the desk's own words, or with ours when it did not answer. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { headers: { accept: "application/json" }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused({
      error: "no_answer",
      detail: "The desk does not answer.",
      what_to_do: "See whether `argosy up` still runs.",
    });
  }
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(body as ApiError);
  return body as T;
}
