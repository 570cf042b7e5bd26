using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Lepton.Orleans.Probes;

/// <summary>
/// Follows what was acknowledged until it shows: written to one silo, read from another where there are several. Times are from
/// the arrival of the acknowledgement to that of the first list that shows it, the asking included.
/// </summary>
internal sealed class FreshnessProbe(FreshnessOptions options)
{
    private const int Followers = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly long _run = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private int _firstListsThatWereOld;

    /// <summary>From a feedback to a list without the item that was liked.</summary>
    public Latencies Reranked { get; } = new("a feedback re-ranks the list", "p99 < 10");

    /// <summary>From the insert of an item to a list of its category with it.</summary>
    public Latencies Eligible { get; } = new("a new item is eligible", "≤ 5000");

    /// <summary>From hiding an item to the last list, on any silo and of any kind, that has it no more.</summary>
    public Latencies Gone { get; } = new("a hidden item is gone everywhere", "≤ 1000");

    /// <summary>How many first lists after an acknowledgement did not show it.</summary>
    public int FirstListsThatWereOld => _firstListsThatWereOld;

    /// <summary>Likes the first item of a list and asks until it is gone from there.</summary>
    public async Task FollowFeedbackAsync()
    {
        using var connections = await ConnectAsync();
        var first = options.Users * 9 / 10;
        for (var n = 0; n < options.Feedback; n++)
        {
            var (write, read) = (connections[n], connections[n + 1]);
            var user = Text($"u{first + (n % (options.Users - first))}");
            var list = JsonSerializer.Deserialize<string[]>((await read.SendAsync("GET", $"/api/recommend/{user}?n=10")).Span)!;
            if (list.Length == 0)
            {
                throw new InvalidOperationException($"{user} has an empty list: there is nothing to follow.");
            }

            await write.SendAsync("POST", "/api/feedback", $$"""[{"FeedbackType":"like","UserId":"{{user}}","ItemId":"{{list[0]}}","Value":1}]""");
            var acknowledged = Stopwatch.GetTimestamp();
            var asked = 1;
            while (Has(await read.SendAsync("GET", $"/api/recommend/{user}?n=10"), list[0]))
            {
                asked++;
                Check(acknowledged, $"{list[0]} is still in the list of {user}, who has liked it");
            }

            Reranked.Add(Stopwatch.GetElapsedTime(acknowledged));
            _firstListsThatWereOld += asked > 1 ? 1 : 0;
        }
    }

    /// <summary>Inserts items, each into a category of its own, and asks for lists of that category until they have it.</summary>
    public Task FollowNewItemsAsync() => FollowAsync(async (connections, n) =>
    {
        var item = Text($"new-{_run}-{n}");
        var path = $"/api/recommend/{AnyUser(n)}/{item}?n=10";
        await connections[n].SendAsync("POST", "/api/item", Text($$"""{"ItemId":"{{item}}","Categories":["{{item}}"],"Timestamp":"{{DateTime.UtcNow:O}}"}"""));
        Eligible.Add(await UntilAsync(connections[n + 1], path, item, isThere: true, Stopwatch.GetTimestamp()));
    });

    /// <summary>Hides items and asks every silo for lists of each kind that may have them, until none has; then shows them again.</summary>
    public Task FollowHiddenItemsAsync() => FollowAsync(async (connections, n) =>
    {
        // Each in nobody else's list, so that followers do not hide one another's, and popular ones, which are in many lists.
        var item = Text($"i{n}");
        string[] paths = [$"/api/item-to-item/neighbors/i{options.Changes + n}?n=1000", $"/api/recommend/{AnyUser(n)}?n=1000", "/api/non-personalized/popular?n=1000", "/api/latest?n=1000"];
        await connections[n].SendAsync("PATCH", $"/api/item/{item}", """{"IsHidden":true}""");
        var hidden = Stopwatch.GetTimestamp();
        var longest = TimeSpan.Zero;
        foreach (var path in paths)
        {
            for (var silo = 0; silo < options.Urls.Count; silo++)
            {
                var gone = await UntilAsync(connections[silo], path, item, isThere: false, hidden);
                longest = gone > longest ? gone : longest;
            }
        }

        Gone.Add(longest);
        await connections[n].SendAsync("PATCH", $"/api/item/{item}", """{"IsHidden":false}""");
    });

    private Task FollowAsync(Func<Connections, int, Task> follow) => Task.WhenAll(Enumerable.Range(0, Followers).Select(follower => Task.Run(async () =>
    {
        using var connections = await ConnectAsync();
        for (var n = follower; n < options.Changes; n += Followers)
        {
            await follow(connections, n);
        }
    })));

    private static async Task<TimeSpan> UntilAsync(Connection connection, string path, string item, bool isThere, long since)
    {
        while (Has(await connection.SendAsync("GET", path), item) != isThere)
        {
            Check(since, $"{item} is {(isThere ? "not yet" : "still")} in {path}");
            await Task.Delay(Interval);
        }

        return Stopwatch.GetElapsedTime(since);
    }

    private static void Check(long since, string what)
    {
        if (Stopwatch.GetElapsedTime(since) > Deadline)
        {
            throw new TimeoutException($"After {Deadline.TotalSeconds} s: {what}.");
        }
    }

    private string AnyUser(int n) => Text($"u{options.Users * 9 / 10 + (n % (options.Users / 10))}");

    private static bool Has(ReadOnlyMemory<byte> body, string item) => body.Span.IndexOf(Encoding.UTF8.GetBytes($"\"{item}\"")) >= 0;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private async Task<Connections> ConnectAsync() => new(await Task.WhenAll(options.Urls.Select(Connection.OpenAsync)));

    /// <summary>One connection to each silo; a number beyond the last begins again with the first.</summary>
    private sealed class Connections(Connection[] each) : IDisposable
    {
        public Connection this[int n] => each[n % each.Length];

        public void Dispose() => Array.ForEach(each, connection => connection.Dispose());
    }
}
