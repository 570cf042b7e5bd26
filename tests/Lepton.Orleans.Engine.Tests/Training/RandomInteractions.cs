using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

/// <summary>Histories with a structure worth learning: users keep to a group of items, popular ones more often, and move on in small steps.</summary>
internal static class RandomInteractions
{
    public static Interactions Create(int users, int items, int seed, int groups = 4)
    {
        var random = new Random(seed);
        var histories = new List<int[]>();
        for (var user = 0; user < users; user++)
        {
            var group = random.Next(groups);
            var size = items / groups;
            var at = random.Next(size);
            histories.Add(Enumerable.Range(0, random.Next(1, 20)).Select(_ =>
            {
                at = (at + random.Next(1, 4)) % size;
                return random.Next(8) == 0 ? random.Next(items) : group * size + at;
            }).ToArray());
        }

        return Interactions.From(histories, items);
    }
}
