using System.Diagnostics;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>What builds took, apart from everything else that a process does.</summary>
/// <param name="Builds">How many there were.</param>
/// <param name="Time">How long they took.</param>
/// <param name="ProcessorTime">The processor time of the process meanwhile.</param>
public readonly record struct TrainingCost(int Builds, TimeSpan Time, TimeSpan ProcessorTime)
{
    /// <summary>Makes a build and adds what it took.</summary>
    /// <param name="build">The build.</param>
    /// <param name="cost">What those before it took; then with it.</param>
    public static T Measure<T>(Func<T> build, ref TrainingCost cost)
    {
        ArgumentNullException.ThrowIfNull(build);
        var (started, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var built = build();
        cost = new TrainingCost(
            cost.Builds + 1,
            cost.Time + Stopwatch.GetElapsedTime(started),
            cost.ProcessorTime + (Environment.CpuUsage.TotalTime - processor));
        return built;
    }
}
