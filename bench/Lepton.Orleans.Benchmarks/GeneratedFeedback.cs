using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Benchmarks;

/// <summary>
/// Feedback of any size with what makes real one hard: popularity as Zipf's law has it, tastes in clusters, users who stay with
/// one of a few tastes for some steps, and histories of very different length. From a seed.
/// </summary>
internal static class GeneratedFeedback
{
    private const int MeanHistory = 50;
    private const int MaximumHistory = 1000;
    private const int Tastes = 4;
    private const double Stay = .8;
    private const double Anywhere = .1;

    // Popularity ∝ 1/(place + Shift): the most popular item of all is had by a few percent of the users.
    private const double Shift = 10;

    /// <summary>Generates histories, oldest first, of distinct items.</summary>
    /// <param name="items">How large the catalogue is.</param>
    /// <param name="feedback">How many events, to within one history.</param>
    /// <param name="seed">Of everything random.</param>
    public static Interactions Create(int items, int feedback, int seed)
    {
        var random = new Random(seed);
        var clusters = Math.Max(1, (int)Math.Sqrt(items) / 2);
        var all = new int[feedback];
        var offsets = new List<int>(feedback / MeanHistory * 2) { 0 };
        var had = new HashSet<int>();
        Span<int> tastes = stackalloc int[Tastes];
        var count = 0;
        while (count < feedback)
        {
            foreach (ref var taste in tastes)
            {
                taste = random.Next(clusters);
            }

            // Geometric lengths: many short histories, few long ones.
            var length = Math.Min(feedback - count, 1 + (int)Math.Min(MaximumHistory, -MeanHistory * Math.Log(1 - random.NextDouble())));
            var at = tastes[0];
            had.Clear();
            for (var tries = 4 * length; had.Count < length && tries > 0; tries--)
            {
                at = random.NextDouble() < Stay ? at : tastes[random.Next(Tastes)];
                var cluster = random.NextDouble() < Anywhere ? random.Next(clusters) : at;
                var item = cluster + (clusters * Place((items - cluster + clusters - 1) / clusters, random));
                if (had.Add(item))
                {
                    all[count++] = item;
                }
            }

            offsets.Add(count);
        }

        return new Interactions([.. offsets], all, items);
    }

    private static int Place(int places, Random random) =>
        Math.Min(places - 1, (int)((Shift * Math.Pow((places + Shift) / Shift, random.NextDouble())) - Shift));
}
