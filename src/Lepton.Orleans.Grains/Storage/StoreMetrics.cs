using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>How long the store takes and how often it fails, and how writes share its round trips.</summary>
internal static class StoreMetrics
{
    /// <summary>The operation of a shared round trip; an <c>append</c> or <c>index</c> is the wait for one.</summary>
    public const string Commit = "commit";

    private static readonly Histogram<double> Duration = Telemetry.Seconds(
        "db.client.operation.duration",
        "Time of an operation of the store, failed ones with their error.type.",
        .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5);

    private static readonly Histogram<long> BatchSize = Telemetry.Meter.CreateHistogram(
        "lepton.store.batch.size",
        "{write}",
        "Writes that shared a round trip.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });

    private static readonly Counter<long> Appends = Telemetry.Meter.CreateCounter<long>(
        "lepton.journal.appends", "{append}", "Frames that the store was asked to append to journals.");

    private static readonly Counter<long> Refusals = Telemetry.Meter.CreateCounter<long>(
        "lepton.journal.refusals", "{append}", "Frames that were refused because another activation had taken over.");

    private static readonly Histogram<double> Folds = Telemetry.Seconds(
        "lepton.journal.fold.duration",
        "Time of folding a journal into its snapshot.",
        .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5);

    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Verbs =
        new ConcurrentDictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Starts the clock of an operation.</summary>
    public static long Start() => Duration.Start();

    /// <summary>Starts the clock of a fold.</summary>
    public static long StartFold() => Folds.Start();

    /// <summary>Records an operation.</summary>
    /// <param name="started">Its <see cref="Start"/>.</param>
    /// <param name="operation">A verb, and what it is done to; only the verb is kept.</param>
    /// <param name="failure">What the store said, where it did not confirm.</param>
    public static void Record(long started, string operation, Exception? failure = null)
    {
        if (started != 0)
        {
            Duration.RecordSince(started, new TagList { { "db.system.name", "redis" }, { "db.operation.name", Verb(operation) } }, failure);
        }
    }

    /// <summary>Counts a round trip that writes shared.</summary>
    public static void CountCommit(int writes, int appends, int refused)
    {
        if (BatchSize.Enabled)
        {
            BatchSize.Record(writes);
            Appends.Add(appends);
            Refusals.Add(refused);
        }
    }

    /// <summary>Records a fold.</summary>
    public static void RecordFold(long started, Exception? failure = null) => Folds.RecordSince(started, [], failure);

    // Verbs stand in the code, so there are few; each is kept as the string that labels are made of.
    private static string Verb(string operation)
    {
        var end = operation.IndexOf(' ', StringComparison.Ordinal);
        if (end < 0)
        {
            return operation;
        }

        var verb = operation.AsSpan(0, end);
        if (!Verbs.TryGetValue(verb, out var known))
        {
            Verbs[verb] = known = verb.ToString();
        }

        return known;
    }
}
