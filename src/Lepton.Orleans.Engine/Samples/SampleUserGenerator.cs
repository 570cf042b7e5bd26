namespace Lepton.Orleans.Engine.Samples;

/// <summary>What a user likes and how they choose; probabilities and weights, none of which is part of the sample itself.</summary>
/// <param name="Genres">The weight of each of <see cref="SampleGenre.All"/>, sum 1.</param>
/// <param name="Era">The year whose films they prefer.</param>
/// <param name="EraWidth">How far from it they still look, in years.</param>
/// <param name="SeriesLoyalty">How likely they go on with a series.</param>
/// <param name="DirectorLoyalty">How likely they look for another film of a director they liked.</param>
/// <param name="Novelty">How likely they pick something just released.</param>
/// <param name="Mainstream">How likely they pick what everybody sees.</param>
/// <param name="Events">How many events they have.</param>
/// <param name="LastSeen">When they stop, or the end of the sample.</param>
internal sealed record SampleTaste(
    double[] Genres,
    double Era,
    double EraWidth,
    double SeriesLoyalty,
    double DirectorLoyalty,
    double Novelty,
    double Mainstream,
    int Events,
    DateTime LastSeen);

/// <summary>Makes people and their tastes.</summary>
internal static class SampleUserGenerator
{
    /// <summary>How long the service has had users, in days.</summary>
    private const int Days = 3 * 365;

    private const int FewestEvents = 6;

    /// <summary>Users in the order of their coming.</summary>
    public static (IReadOnlyList<SampleUser> Users, SampleTaste[] Tastes) Generate(SampleOptions options)
    {
        var random = SampleRandom.For(options.Seed, purpose: 2);
        var joined = new DateTime[options.Users];
        for (var i = 0; i < joined.Length; i++)
        {
            // More people come as a service grows; the last of them came a day ago.
            joined[i] = options.Now.AddDays(-1 - (Days * (1 - Math.Sqrt(random.Uniform()))));
        }

        Array.Sort(joined);
        var events = EventCounts(options, random, joined);
        var users = new SampleUser[options.Users];
        var tastes = new SampleTaste[options.Users];
        var ids = new HashSet<string>();
        for (var i = 0; i < users.Length; i++)
        {
            var taste = Taste(options, random, joined[i], events[i]);
            tastes[i] = taste;
            users[i] = User(random, ids, taste, SampleClock.WholeSeconds(joined[i]));
        }

        return (users, tastes);
    }

    /// <summary>A log-normal spread: a few watch every evening, most now and then. The counts add up to the users' average.</summary>
    private static int[] EventCounts(SampleOptions options, SampleRandom random, DateTime[] joined)
    {
        var raw = new double[options.Users];
        var sum = 0.0;
        for (var i = 0; i < raw.Length; i++)
        {
            // Who came last week has not seen as much as who came years ago.
            var time = Math.Sqrt((options.Now - joined[i]).TotalDays / Days);
            raw[i] = Math.Min(Math.Exp(0.8 * random.Normal()), 8) * Math.Min(1, time + 0.02);
            sum += raw[i];
        }

        var fewest = Math.Min(FewestEvents, options.EventsPerUser);
        var spare = (double)options.Users * (options.EventsPerUser - fewest);
        var counts = new int[raw.Length];
        var exact = 0.0;
        var given = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            // Rounding the running sum keeps the total exact.
            exact += spare * raw[i] / sum;
            var upTo = (int)Math.Round(exact);
            counts[i] = fewest + upTo - given;
            given = upTo;
        }

        return counts;
    }

    private static SampleTaste Taste(SampleOptions options, SampleRandom random, DateTime joined, int events)
    {
        var shares = new double[SampleGenre.All.Count];
        for (var g = 0; g < shares.Length; g++)
        {
            shares[g] = SampleGenre.All[g].Share;
        }

        var genres = new double[shares.Length];
        var left = 0.97;
        for (var favourites = 2 + random.Below(3); favourites > 0; favourites--)
        {
            var part = favourites == 1 ? left : left * random.Between(0.4, 0.7);
            genres[random.Weighted(shares)] += part;
            left -= part;
        }

        for (var g = 0; g < genres.Length; g++)
        {
            genres[g] += 0.03 / genres.Length;
        }

        return new SampleTaste(
            genres,
            Era: options.Now.Year - Math.Abs(random.Normal() * 13),
            EraWidth: random.Between(4, 14),
            SeriesLoyalty: random.Between(0.25, 0.75),
            DirectorLoyalty: random.Between(0.1, 0.35),
            Novelty: random.Between(0.03, 0.22),
            Mainstream: random.Between(0.04, 0.14),
            events,
            // Two in five have left again.
            LastSeen: random.Chance(0.4) ? joined + ((options.Now - joined) * random.Between(0.15, 1)) : options.Now);
    }

    private static SampleUser User(SampleRandom random, HashSet<string> ids, SampleTaste taste, DateTime joined)
    {
        var name = $"{random.Pick(SampleNames.First)} {random.Pick(SampleNames.Last)}";
        var stem = SampleTitles.Slug(name).Replace('-', '.');
        var id = stem;
        for (var number = 2; !ids.Add(id); number++)
        {
            id = $"{stem}.{number}";
        }

        var favourites = new List<int>();
        for (var g = 0; g < taste.Genres.Length; g++)
        {
            if (taste.Genres[g] > 0.1)
            {
                favourites.Add(g);
            }
        }

        favourites.Sort((a, b) => taste.Genres[b].CompareTo(taste.Genres[a]));
        return new SampleUser
        {
            UserId = id,
            Name = name,
            JoinedAt = joined,
            LabelsJson = SampleLabels.Write(json =>
            {
                json.WriteString("country", random.Pick(SampleNames.Countries));
                json.WriteStartArray("favourites");
                foreach (var favourite in favourites)
                {
                    json.WriteStringValue(SampleGenre.All[favourite].Name);
                }

                json.WriteEndArray();
            }),
        };
    }
}
