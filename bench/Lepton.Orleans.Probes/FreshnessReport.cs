using System.Diagnostics;

namespace Lepton.Orleans.Probes;

/// <summary>Finds out what the silos answer at the most, and follows acknowledgements under a share of that.</summary>
internal static class FreshnessReport
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    /// <summary>Measures, and prints a Markdown table and histograms.</summary>
    public static async Task PrintAsync(FreshnessOptions options)
    {
        var load = new BackgroundLoad(options);
        var rate = 0d;
        if (options.Load > 0)
        {
            // The first seconds are start-up's.
            await SaturateAsync(load);
            var saturation = await SaturateAsync(load);
            rate = options.Load * saturation;
            Console.WriteLine($"at saturation {saturation:0} requests/s; background load {rate:0}/s, four lists to one feedback");
        }

        using var stop = new CancellationTokenSource();
        var background = rate > 0 ? load.RunAsync(rate, stop.Token) : Task.CompletedTask;
        var (before, began) = (load.Answered, Stopwatch.GetTimestamp());
        var probe = new FreshnessProbe(options);
        await probe.FollowFeedbackAsync();
        await probe.FollowNewItemsAsync();
        await probe.FollowHiddenItemsAsync();
        var reached = (load.Answered - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await stop.CancelAsync();
        await background;

        Latencies[] all = [probe.Reranked, probe.Eligible, probe.Gone];
        Console.WriteLine($"""

            {options.Urls.Count} silo(s), written to one and read from {(options.Urls.Count > 1 ? "another" : "it")}; {reached:0} background requests/s, {load.Refused} in all not answered with 200; first lists after an acknowledgement that did not show it: {probe.FirstListsThatWereOld}

            | ms from acknowledgement | n | p50 | p90 | p99 | max | target |
            |---|---:|---:|---:|---:|---:|---:|
            {string.Join(Environment.NewLine, all.Select(latencies => latencies.ToRow()))}

            {string.Join(Environment.NewLine, all.Select(latencies => latencies.ToHistogram()))}
            """);
    }

    private static async Task<double> SaturateAsync(BackgroundLoad load)
    {
        using var end = new CancellationTokenSource(Round);
        var (answered, start) = (load.Answered, Stopwatch.GetTimestamp());
        await load.RunAsync(double.PositiveInfinity, end.Token);
        return (load.Answered - answered) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
