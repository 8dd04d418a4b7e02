package io.madeleine.evaluation.retention;

/**
 * One arm under one load, as it is written to the JSON file.
 *
 * @param order who is served next
 * @param retention the policy's name
 * @param tier whether there is a disk below the memory
 * @param load share of the time that the engine would be busy if every cache stayed
 * @param toolScale what tool durations were multiplied by
 * @param meanJct mean seconds from a program's arrival to its last answer
 * @param p95Jct the same, 95th percentile
 * @param prefilledTokens tokens read per run, again or for the first time
 * @param freshTokens tokens that had to be read once
 * @param reloadedTokens tokens brought back from disk
 * @param leasedIdleTokenSeconds tokens under lease times the seconds that nobody used them
 * @param zeroLeases share of decisions not to lease
 * @param ratioToFair mean completion over that of LRU with residents first, same tier and seeds
 * @param ratioLow lower end of its 95 % interval (Student's t over the seeds)
 * @param ratioHigh upper end
 * @param memoryTokens tokens of KV that fitted
 */
record Row(
    String order,
    String retention,
    String tier,
    double load,
    double toolScale,
    double meanJct,
    double p95Jct,
    double prefilledTokens,
    double freshTokens,
    double reloadedTokens,
    double leasedIdleTokenSeconds,
    double zeroLeases,
    double ratioToFair,
    double ratioLow,
    double ratioHigh,
    int memoryTokens) {}
