namespace Lepton.Orleans.Engine.Training;

/// <summary>Progress of a part of the work, reported as a share of the whole. Unlike <see cref="Progress{T}"/> it reports in order, on the thread that made it.</summary>
internal static class PartialProgress
{
    public static IProgress<double>? Part(this IProgress<double>? whole, double from, double share) =>
        whole is null ? null : new Scaled(whole, from, share);

    private sealed class Scaled(IProgress<double> whole, double from, double share) : IProgress<double>
    {
        public void Report(double value) => whole.Report(from + share * value);
    }
}
