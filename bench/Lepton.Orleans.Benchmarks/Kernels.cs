using System.Diagnostics;
using System.Globalization;

namespace Lepton.Orleans.Benchmarks;

/// <summary>
/// <c>kernels</c>: the fastest of many calls of each of <see cref="KernelBenchmarks"/>, which is what others on the machine disturb least, and how
/// near that comes to its bound, as a Markdown table.
/// </summary>
internal static class Kernels
{
    private const int LeastCalls = 5;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    /// <summary>Measures and prints.</summary>
    public static int Run()
    {
        const double order = KernelBenchmarks.Order;
        const int width = 96; // rank 64 and oversampling, to the next tile
        const int passes = 6; // over the events: one to start with, two a refinement, one to end with
        var bench = new KernelBenchmarks();
        bench.Setup();
        var bandwidth = KernelBenchmarks.BoundBytes / Fastest(() => _ = bench.Read_memory());
        var operations = KernelBenchmarks.BoundOperations / Fastest(() => _ = bench.Multiply_and_add());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One thread reads {bandwidth / 1e9:F1} GB/s and does {operations / 1e9:F1} GFLOP/s.\n\n| kernel | time | does | bound | of it |\n|---|---|---|---|---|"));

        var (users, items) = bench.Sides;
        double vectors = KernelBenchmarks.Vectors, dimensions = KernelBenchmarks.Dimensions;
        var sparse = 2.0 * passes * bench.Events * width;
        var dense = 2.0 * width * width * (users + (9.0 * items));
        Bandwidth("inner products, f32", () => _ = bench.Inner_products_f32(), vectors * dimensions * sizeof(float));
        Bandwidth("inner products, int8", () => _ = bench.Inner_products_int8(), vectors * (dimensions + (2 * sizeof(float))));
        Bandwidth("best 100 of 2^20 scores", () => _ = bench.Best_of_scores(), (double)KernelBenchmarks.Scores * sizeof(ulong));
        Bandwidth("best 50 of 50 merged lists of 200", () => _ = bench.Best_of_merged_lists(), bench.MergedEntries * (sizeof(int) + sizeof(float)));
        Operations("Cholesky solve, order 100", () => _ = bench.Ridge_solve(), (order * order * order / 3) + (2 * order * order));
        Operations("fold-in of 64 items, rank 64: the mixing", () => _ = bench.Fold_in(), 2.0 * bench.FoldedStates * dimensions * dimensions);
        Operations("normalised SVD, rank 64, 10^6 events", () => _ = bench.Normalised_svd(), sparse + dense);
        return 0;

        void Bandwidth(string name, Action call, double bytes)
        {
            var seconds = Fastest(call);
            Row(name, seconds, $"{Number(bytes / seconds / 1e9)} GB/s", $"reads {Number(bytes / 1e6)} MB", bytes / seconds / bandwidth);
        }

        void Operations(string name, Action call, double count)
        {
            var seconds = Fastest(call);
            Row(name, seconds, $"{Number(count / seconds / 1e9)} GFLOP/s", $"{Number(count / 1e6)} MFLOP", count / seconds / operations);
        }
    }

    private static void Row(string name, double seconds, string does, string bound, double share) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {(seconds < .001 ? $"{Number(seconds * 1e6)} µs" : $"{seconds * 1000:F1} ms")} | {does} | {bound} | {share:P0} |"));

    private static string Number(double value) => value.ToString(value < 10 ? "F2" : "F0", CultureInfo.InvariantCulture);

    private static double Fastest(Action call)
    {
        var fastest = double.MaxValue;
        var all = Stopwatch.StartNew();
        for (var calls = 0; calls < LeastCalls || all.Elapsed < Time; calls++)
        {
            var start = Stopwatch.GetTimestamp();
            call();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return fastest;
    }
}
