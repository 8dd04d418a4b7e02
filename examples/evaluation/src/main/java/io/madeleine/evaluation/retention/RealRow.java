package io.madeleine.evaluation.retention;

/**
 * One arm on the real engine, as it is written to the JSON file.
 *
 * @param order who is served next
 * @param retention the policy's name
 * @param tier whether there is a disk below the memory
 * @param load share of the time that the engine would be busy if every cache stayed
 * @param meanJct mean seconds from a program's arrival to its last answer
 * @param p95Jct the same, 95th percentile
 * @param prefilledTokens tokens read per run, again or for the first time
 * @param ratioToFair mean completion over that of LRU with residents first, same tier and seeds
 * @param ratioLow lower end of its 95 % interval (Student's t over the seeds)
 * @param ratioHigh upper end
 * @param foretoldJct what the simulation said with this engine's measured speeds
 * @param foretoldRatio what it said of the ratio to the fair baseline
 */
record RealRow(
    String order,
    String retention,
    String tier,
    double load,
    double meanJct,
    double p95Jct,
    double prefilledTokens,
    double ratioToFair,
    double ratioLow,
    double ratioHigh,
    double foretoldJct,
    double foretoldRatio) {}
