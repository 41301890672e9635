import { SingleBar } from "cli-progress";

/** How far a batch has come. */
export interface Count {
  total: number;
  /** Answered by earlier runs. */
  before: number;
  answered: number;
  failed: number;
  /** Requests that are tried again, so that a slow run explains itself. */
  retries: number;
}

/** Shows how far a batch has come. */
export interface Progress {
  /** Shows the last state, and takes nothing more. */
  end(): void;
}

const BAR_INTERVAL_MS = 250;
const LINES_INTERVAL_MS = 5_000;

/** The estimate goes by the last so many updates. */
const ESTIMATE_OVER = 40;

function done({ before, answered, failed }: Count): number {
  return before + answered + failed;
}

/** Lines answered a second, since the start. */
function formatRate({ answered, failed }: Count, elapsedMs: number): string {
  const rate = ((answered + failed) * 1000) / Math.max(1, elapsedMs);
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

/** A duration as people read it. */
function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`;
}

/** The bar's estimate in seconds, which is a word instead of a number as long as nothing was done. */
function formatEstimate(seconds: unknown): string {
  return typeof seconds === "number" && Number.isFinite(seconds) ? formatDuration(seconds * 1000) : "--";
}

/** What did not go smoothly, each part after a separator. */
function formatTrouble({ failed, retries }: Count, separator: string): string {
  const parts = [
    ...(retries > 0 ? [`${retries} ${retries === 1 ? "retry" : "retries"}`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return parts.map((part) => `${separator}${part}`).join("");
}

/** One line that says how far it is, for a log. */
export function formatProgress(count: Count, elapsedMs: number): string {
  const { total, answered, failed } = count;
  const share = Math.floor((100 * done(count)) / total);
  const now = answered + failed;
  const left = now === 0 ? "" : `, ${formatDuration(((total - done(count)) * elapsedMs) / now)} left`;
  return `${done(count)}/${total} (${share}%), ${formatRate(count, elapsedMs)}/s${left}${formatTrouble(count, ", ")}`;
}

function showBar(count: Count, startedAt: number): Progress {
  const bar = new SingleBar({
    format: "{bar} {percentage}% | {value}/{total} | {rate}/s | {eta_formatted} left{trouble}",
    stream: process.stderr,
    barsize: 28,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    etaBuffer: ESTIMATE_OVER,
    formatTime: formatEstimate,
    // Signals are the batch's own.
    gracefulExit: false,
  });
  const payload = () => ({
    rate: formatRate(count, performance.now() - startedAt),
    trouble: formatTrouble(count, " | "),
  });
  bar.start(count.total, done(count), payload());
  const timer = setInterval(() => {
    bar.update(done(count), payload());
  }, BAR_INTERVAL_MS);
  return {
    end: () => {
      clearInterval(timer);
      bar.update(done(count), payload());
      bar.stop();
    },
  };
}

function showLines(count: Count, startedAt: number): Progress {
  const print = (): void => {
    process.stderr.write(`${formatProgress(count, performance.now() - startedAt)}\n`);
  };
  print();
  const timer = setInterval(print, LINES_INTERVAL_MS);
  return {
    end: () => {
      clearInterval(timer);
      print();
    },
  };
}

/** A bar with rate and estimate on a terminal, plain lines elsewhere. */
export function showProgress(count: Count): Progress {
  const startedAt = performance.now();
  const drawable = process.stderr.isTTY && process.env["TERM"] !== "dumb";
  return drawable ? showBar(count, startedAt) : showLines(count, startedAt);
}
