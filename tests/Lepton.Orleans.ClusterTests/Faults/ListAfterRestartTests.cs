using System.Globalization;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class ListAfterRestartTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Users = 40;
    private const int Items = 200;
    private const int Readings = 100;

    // Lists follow what others do within this time, so that they come to rest soon after the last feedback.
    private static readonly (string Key, string Value) MaxAge = ("Lepton:Ranking:MaxAge", "00:00:00.100");
    private static readonly TimeSpan SettleDeadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Lists_are_the_same_after_kill_9_and_restart_on_the_embedded_store() => await CompareListsAsync(new SiloProcess(MaxAge));

    [Fact]
    public async Task Lists_are_the_same_after_kill_9_and_restart_on_redis()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        await CompareListsAsync(SiloProcess.On(redis, MaxAge));
    }

    private async Task CompareListsAsync(SiloProcess silo)
    {
        await StartAsync(silo);
        await SeedAsync(silo.Client);
        await Eventually.TrueAsync(silo.Client.BuildAsync, "the model must be built", SettleDeadline, Cancelled);
        var before = await SettledListsAsync(silo.Client);

        await silo.KillAsync();
        await silo.StartAsync(Cancelled);

        IReadOnlyList<IReadOnlyList<string>> after = [];
        try
        {
            await Eventually.TrueAsync(
                async token =>
                {
                    after = await ListsAsync(silo.Client, token);
                    return AreSame(before, after);
                },
                "lists must be what they were",
                SettleDeadline,
                Cancelled);
        }
        finally
        {
            var pairs = before.Zip(after, (first, second) => $"{string.Join(' ', first)} -> {string.Join(' ', second)}").Where((_, user) => !before[user].SequenceEqual(after[user])).ToList();
            Output.WriteLine($"{Users - pairs.Count} of {Users} lists are the same after the restart");
            pairs.ForEach(Output.WriteLine);
        }
    }

    /// <summary>Four tastes, each with its own quarter of the items, and each user with a history of its own in order of time.</summary>
    private static async Task SeedAsync(LeptonRestClient client)
    {
        var random = new Random(7);
        var items = Enumerable.Range(0, Items).Select(item => new ItemRow(Id("film-", item), Id("Film ", item), [Id("taste-", item % 4)])).ToList();
        Assert.Equal(Outcome.Acknowledged, (await client.PostItemsAsync(items, Cancelled)).Outcome);
        var start = new DateTime(2025, 6, 1, 0, 0, 0, DateTimeKind.Utc);
        var rows = Enumerable.Range(0, Users).SelectMany(user => Enumerable.Range(0, 15).Select(n => new FeedbackRow
        {
            FeedbackType = "like",
            UserId = Id("viewer-", user),
            ItemId = Id("film-", (random.Next(Items / 4) * 4) + (user % 4)),
            Value = 1,
            Timestamp = start.AddMinutes((user * 100) + n),
        })).DistinctBy(row => row.Key).ToList();
        Assert.Equal(Outcome.Acknowledged, (await client.PostFeedbackAsync(rows, Cancelled)).Outcome);
    }

    /// <summary>Lists follow the counters that feedback feeds in the background: read until they are full and personal, and stay as they are.</summary>
    private static async Task<IReadOnlyList<IReadOnlyList<string>>> SettledListsAsync(LeptonRestClient client)
    {
        IReadOnlyList<IReadOnlyList<string>> last = [];
        var agreed = 0;
        await Eventually.TrueAsync(
            async token =>
            {
                var lists = await ListsAsync(client, token);
                (last, agreed) = (lists, AreSame(last, lists) && ArePersonal(lists) ? agreed + 1 : 0);
                return agreed == Readings;
            },
            "lists must come to rest",
            SettleDeadline,
            Cancelled);
        return last;
    }

    private static async Task<IReadOnlyList<IReadOnlyList<string>>> ListsAsync(LeptonRestClient client, CancellationToken cancellationToken)
    {
        var lists = new List<IReadOnlyList<string>>(Users);
        for (var user = 0; user < Users; user++)
        {
            lists.Add(await client.RecommendAsync(Id("viewer-", user), 10, cancellationToken));
        }

        return lists;
    }

    private static bool AreSame(IReadOnlyList<IReadOnlyList<string>> some, IReadOnlyList<IReadOnlyList<string>> others) =>
        some.Count == others.Count && some.Zip(others).All(pair => pair.First.SequenceEqual(pair.Second));

    private static bool ArePersonal(IReadOnlyList<IReadOnlyList<string>> lists) =>
        lists.All(list => list.Count == 10) && lists.Select(list => string.Join(',', list)).Distinct().Count() > Users / 2;

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
