using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Lepton.Orleans.Grains.Diagnostics;

/// <summary>
/// What the grains measure is published by one meter, and their spans by one source, both of <see cref="Name"/>. Labels take
/// their values from the code and from operators (operations, stages, tenants), never from users or items.
/// </summary>
public static class Telemetry
{
    /// <summary>The name of the meter and of the source.</summary>
    public const string Name = "Lepton.Orleans";

    /// <summary>The meter of everything that is counted as it happens.</summary>
    internal static Meter Meter { get; } = new(Name);

    /// <summary>The source of spans, of which each is asked for in a trace that is kept only: what listens makes all that are asked for.</summary>
    public static ActivitySource Spans { get; } = new(Name);

    /// <summary>A histogram of seconds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What is measured.</param>
    /// <param name="bounds">The upper bounds of its buckets, in seconds.</param>
    internal static Histogram<double> Seconds(string name, string description, params IReadOnlyList<double> bounds) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    /// <summary>The clock of a histogram, where anybody listens; else 0, which <see cref="RecordSince"/> leaves out.</summary>
    internal static long Start(this Histogram<double> histogram) => histogram.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records the time since <see cref="Start"/>.</summary>
    /// <param name="histogram">Where to.</param>
    /// <param name="started">What <see cref="Start"/> said.</param>
    /// <param name="tags">The labels.</param>
    /// <param name="failure">How it ended, where it failed: its type becomes the label <c>error.type</c>.</param>
    internal static void RecordSince(this Histogram<double> histogram, long started, TagList tags, Exception? failure = null)
    {
        if (started == 0)
        {
            return;
        }

        if (failure is not null)
        {
            tags.Add("error.type", failure.GetType().FullName);
        }

        histogram.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, in tags);
    }
}
