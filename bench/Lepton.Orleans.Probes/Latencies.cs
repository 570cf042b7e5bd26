using System.Globalization;
using System.Text;

namespace Lepton.Orleans.Probes;

/// <summary>Times of one kind, and what of them is told: percentiles and a histogram.</summary>
internal sealed class Latencies(string what, string target)
{
    // Upper bounds in milliseconds: three a decade.
    private static readonly double[] Bounds = [.2, .5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, double.PositiveInfinity];
    private readonly List<double> _milliseconds = [];

    /// <summary>Adds a time; any thread may.</summary>
    public void Add(TimeSpan time)
    {
        lock (_milliseconds)
        {
            _milliseconds.Add(time.TotalMilliseconds);
        }
    }

    /// <summary>A row of a Markdown table: what, how many, p50, p90, p99, the longest, the target.</summary>
    public string ToRow()
    {
        var sorted = Sorted();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | {sorted.Length} | {At(.5):0.00} | {At(.9):0.00} | {At(.99):0.00} | {At(1):0.00} | {target} |");

        double At(double share) => sorted.Length == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }

    /// <summary>How many times there are below each bound and above the one before it.</summary>
    public string ToHistogram()
    {
        var sorted = Sorted();
        var text = new StringBuilder(what).AppendLine();
        var lower = 0d;
        foreach (var upper in Bounds)
        {
            var count = sorted.Count(time => time >= lower && time < upper);
            if (count > 0)
            {
                var bar = new string('#', (int)Math.Ceiling(50d * count / sorted.Length));
                text.AppendLine(CultureInfo.InvariantCulture, $"  {lower,6:0.#} - {upper,6:0.#} ms {count,7}  {bar}");
            }

            lower = upper;
        }

        return text.ToString();
    }

    private double[] Sorted()
    {
        lock (_milliseconds)
        {
            return [.. _milliseconds.Order()];
        }
    }
}
