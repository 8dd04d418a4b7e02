package io.madeleine.evaluation.retention.hosted;

/**
 * One arm at one provider.
 *
 * @param provider whose rules
 * @param patience what people's pauses were multiplied by
 * @param arm how lifetimes were chosen
 * @param dollars of input for a session
 * @param ratioToOracle cost over that of knowing each pause, same sessions
 * @param ratioLow lower end of its 95 % interval (Student's t over the seeds)
 * @param ratioHigh upper end
 * @param pricesAsOf the price sheet's date
 */
public record HostedRow(
    String provider,
    double patience,
    String arm,
    double dollars,
    double ratioToOracle,
    double ratioLow,
    double ratioHigh,
    String pricesAsOf) {}
