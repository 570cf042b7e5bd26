using System.Text.Json;
using Lepton.Orleans.Engine.Samples;

namespace Lepton.Orleans.Cli.Tests.Samples;

public sealed class SampleCatalogTests
{
    private static readonly DateTime Now = new(2026, 5, 4, 18, 30, 0, DateTimeKind.Utc);
    private static readonly SampleCatalog Sample = SampleCatalog.Generate(new SampleOptions { Now = Now });
    private static readonly SampleEvent[] Events = [.. Sample.Events];

    [Fact]
    public void Equal_options_give_equal_samples()
    {
        var options = new SampleOptions { Seed = 7, Items = 300, Users = 60, EventsPerUser = 20, Now = Now };
        var (first, second) = (SampleCatalog.Generate(options), SampleCatalog.Generate(options));

        Assert.Equal(first.Items.Select(item => (item.ItemId, item.LabelsJson, item.ReleasedAt)), second.Items.Select(item => (item.ItemId, item.LabelsJson, item.ReleasedAt)));
        Assert.Equal(first.Users, second.Users);
        Assert.Equal(first.Events, second.Events);
        Assert.Equal(first.Events, first.Events);
    }

    [Fact]
    public void Another_seed_gives_another_sample()
    {
        var options = new SampleOptions { Seed = 7, Items = 300, Users = 60, EventsPerUser = 20, Now = Now };
        var (first, second) = (SampleCatalog.Generate(options), SampleCatalog.Generate(options with { Seed = 8 }));

        Assert.True(first.Items.Select(item => item.ItemId).Intersect(second.Items.Select(item => item.ItemId)).Count() < 30);
    }

    [Fact]
    public void It_is_as_large_as_the_options_say()
    {
        Assert.Equal(3000, Sample.Items.Count);
        Assert.Equal(1500, Sample.Users.Count);
        Assert.InRange(Events.Length, 86_000, 90_000);
    }

    [Fact]
    public void No_title_and_no_id_occurs_twice()
    {
        Assert.Equal(3000, Sample.Items.Select(item => item.Title.ToUpperInvariant()).Distinct().Count());
        Assert.Equal(3000, Sample.Items.Select(item => item.ItemId).Distinct().Count());
        Assert.Equal(1500, Sample.Users.Select(user => user.UserId).Distinct().Count());
        Assert.Equal(Events.Length, Events.Select(row => (row.UserId, row.ItemId)).Distinct().Count());
    }

    [Fact]
    public void A_catalogue_larger_than_the_words_still_has_distinct_titles()
    {
        var large = SampleCatalog.Generate(new SampleOptions { Items = 60_000, Users = 1, EventsPerUser = 1, Now = Now });

        Assert.Equal(60_000, large.Items.Select(item => item.ItemId).Distinct().Count());
    }

    [Fact]
    public void Every_item_has_one_to_three_known_genres_and_labels_that_are_an_object()
    {
        Assert.Equal(16, SampleCatalog.Genres.Count);
        foreach (var item in Sample.Items)
        {
            Assert.InRange(item.Categories.Count, 1, 3);
            Assert.Equal(item.Categories.Count, item.Categories.Distinct().Count());
            Assert.All(item.Categories, category => Assert.Contains(category, SampleCatalog.Genres));
            Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", item.ItemId);
            var labels = JsonDocument.Parse(item.LabelsJson).RootElement;
            Assert.Equal(item.ReleasedAt.Year, labels.GetProperty("year").GetInt32());
            Assert.NotEmpty(labels.GetProperty("director").GetString()!);
        }

        Assert.All(Sample.Users, user => Assert.NotEmpty(JsonDocument.Parse(user.LabelsJson).RootElement.GetProperty("favourites").EnumerateArray()));
    }

    [Fact]
    public void Events_come_in_the_order_of_time_after_their_user_and_their_item_and_not_after_now()
    {
        var items = Sample.Items.ToDictionary(item => item.ItemId);
        var users = Sample.Users.ToDictionary(user => user.UserId);
        var last = DateTime.MinValue;
        foreach (var row in Events)
        {
            Assert.True(row.Timestamp >= last, "events are in the order of time");
            last = row.Timestamp;
            Assert.True(row.Timestamp >= items[row.ItemId].ReleasedAt, "nobody sees a film before it is out");
            Assert.True(row.Timestamp >= users[row.UserId].JoinedAt, "nobody acts before they came");
            Assert.Equal(DateTimeKind.Utc, row.Timestamp.Kind);
        }

        Assert.InRange(last, Now.AddHours(-6), Now);
    }

    [Fact]
    public void Most_events_are_likes_and_some_are_reads_and_dislikes()
    {
        var shares = Events.GroupBy(row => row.FeedbackType).ToDictionary(group => group.Key, group => (double)group.Count() / Events.Length);

        Assert.Equal(["dislike", "like", "read"], shares.Keys.Order());
        Assert.InRange(shares["like"], 0.65, 0.9);
        Assert.InRange(shares["dislike"], 0.03, 0.15);
    }

    [Fact]
    public void Popularity_has_a_long_tail()
    {
        var counts = Sample.Items.GroupJoin(Events, item => item.ItemId, row => row.ItemId, (_, rows) => rows.Count()).OrderDescending().ToArray();

        Assert.InRange(counts.Take(300).Sum() / (double)Events.Length, 0.35, 0.7);
        Assert.InRange(counts.Skip(1500).Sum() / (double)Events.Length, 0.05, 0.2);
        Assert.InRange(counts.Count(count => count == 0), 0, 150);
        Assert.InRange(counts[0], 200, 900);
    }

    [Fact]
    public void Who_likes_a_part_of_a_series_is_likely_to_go_on_with_the_next()
    {
        var parts = Sample.Items.Where(item => item.Series is not null).ToDictionary(item => item.ItemId);
        var liked = Events.Where(row => row.FeedbackType == "like").GroupBy(row => row.UserId).ToDictionary(group => group.Key, group => group.Select(row => row.ItemId).ToArray());
        var (followed, possible) = (0, 0);
        foreach (var item in parts.Values)
        {
            if (parts.Values.FirstOrDefault(other => other.Series == item.Series && other.Part == item.Part + 1) is not { } next)
            {
                continue;
            }

            foreach (var history in liked.Values.Where(history => history.Contains(item.ItemId)))
            {
                possible++;
                followed += Array.IndexOf(history, next.ItemId) > Array.IndexOf(history, item.ItemId) ? 1 : 0;
            }
        }

        Assert.InRange(parts.Count, 250, 800);
        Assert.True(followed > possible * 0.4, $"{followed} of {possible} went on");
    }

    [Fact]
    public void Co_occurrence_finds_the_last_like_of_a_user_far_more_often_than_popularity()
    {
        var (histories, last) = LastLikes();
        var popularity = histories.Values.SelectMany(history => history).GroupBy(item => item).ToDictionary(group => group.Key, group => group.Count());
        var popular = popularity.OrderByDescending(pair => pair.Value).Select(pair => pair.Key).ToArray();
        var together = CoOccurrence(histories.Values);
        var (byPopularity, byCoOccurrence) = (0, 0);
        foreach (var (user, target) in last)
        {
            var history = histories[user].ToHashSet();
            byPopularity += popular.Where(item => !history.Contains(item)).Take(10).Contains(target) ? 1 : 0;

            var scores = new Dictionary<string, double>();
            foreach (var (item, weight) in histories[user].AsEnumerable().Reverse().Take(10).Select((item, age) => (item, 1.0 / (1 + age))))
            {
                foreach (var (other, count) in together[item])
                {
                    scores[other] = scores.GetValueOrDefault(other) + (weight * count / Math.Sqrt(popularity[item] * (double)popularity[other]));
                }
            }

            byCoOccurrence += scores.Where(pair => !history.Contains(pair.Key)).OrderByDescending(pair => pair.Value).Take(10).Any(pair => pair.Key == target) ? 1 : 0;
        }

        Assert.True(byCoOccurrence > 3 * byPopularity, $"co-occurrence {byCoOccurrence}, popularity {byPopularity}, of {last.Count}");
        Assert.True(byCoOccurrence > last.Count * 0.15, $"co-occurrence {byCoOccurrence} of {last.Count}");
    }

    [Fact]
    public void Small_catalogues_end_when_everybody_has_seen_everything()
    {
        var small = SampleCatalog.Generate(new SampleOptions { Items = 5, Users = 3, EventsPerUser = 50, Now = Now });

        Assert.Equal(5, small.Items.Count);
        Assert.InRange(small.Events.Count(), 3, 15);
    }

    [Fact]
    public void An_option_out_of_its_range_is_named()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => SampleCatalog.Generate(new SampleOptions { Items = 0, Now = Now }));

        Assert.Equal("Items", error.ParamName);
    }

    private static (Dictionary<string, List<string>> Histories, Dictionary<string, string> Last) LastLikes()
    {
        var histories = new Dictionary<string, List<string>>();
        foreach (var row in Events.Where(row => row.FeedbackType == "like"))
        {
            if (!histories.TryGetValue(row.UserId, out var history))
            {
                histories[row.UserId] = history = [];
            }

            history.Add(row.ItemId);
        }

        var last = new Dictionary<string, string>();
        foreach (var (user, history) in histories.Where(pair => pair.Value.Count > 3).Where((_, place) => place % 2 == 0))
        {
            last[user] = history[^1];
            history.RemoveAt(history.Count - 1);
        }

        return (histories, last);
    }

    private static Dictionary<string, Dictionary<string, int>> CoOccurrence(IEnumerable<List<string>> histories)
    {
        var together = new Dictionary<string, Dictionary<string, int>>();
        foreach (var history in histories)
        {
            foreach (var item in history)
            {
                if (!together.TryGetValue(item, out var row))
                {
                    together[item] = row = [];
                }

                foreach (var other in history)
                {
                    if (other != item)
                    {
                        row[other] = row.GetValueOrDefault(other) + 1;
                    }
                }
            }
        }

        return together;
    }
}
