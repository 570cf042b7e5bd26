using System.Globalization;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>
/// Writes over HTTP over a number of connections until it is stopped: new feedback alone and in batches, values that add up, with
/// names and without, profiles and items. Everything it does is in its ledger.
/// </summary>
internal sealed class FeedbackLoad : IAsyncDisposable
{
    /// <summary>Writes are of users <c>u0</c> up to this.</summary>
    public const int Users = 500;

    private const int CountedItems = 20;
    private const int BatchSize = 20;
    private static readonly DateTime FirstEvent = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // Longer than a silo tries to answer.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(20);

    // Several silos on one machine have joining and leaving to do beside it.
    private static readonly TimeSpan PauseOfSeveral = TimeSpan.FromMilliseconds(8);

    // A thousand requests a second and more, and yet most of the machine is left to what is restarted, and to the tests that run, beside it.
    private static readonly TimeSpan PauseOfOne = TimeSpan.FromMilliseconds(4);

    private readonly CancellationTokenSource stop = new();
    private readonly LeptonRestClient[] clients;
    private readonly Func<int> choose;
    private readonly Ledger ledger;
    private readonly Task[] workers;
    private int events;
    private int named;
    private int profiles;
    private int items;

    private FeedbackLoad(IReadOnlyList<Uri> addresses, Ledger ledger, int connections, int seed, Func<int>? choose)
    {
        this.ledger = ledger;
        this.choose = choose ?? (() => Random.Shared.Next(addresses.Count));
        clients = [.. addresses.Select(address => new LeptonRestClient(address, connections, Timeout))];
        workers = [.. Enumerable.Range(0, connections).Select(worker => Task.Run(() => WriteAsync(new Random(seed + worker))))];
    }

    public static FeedbackLoad Start(Uri address, Ledger ledger, int connections = 8, int seed = 1) => new([address], ledger, connections, seed, null);

    /// <summary>A load on several silos, each request on the one that <paramref name="choose"/> names, or on any.</summary>
    public static FeedbackLoad Start(IReadOnlyList<Uri> addresses, Ledger ledger, int connections = 8, int seed = 1, Func<int>? choose = null) =>
        new(addresses, ledger, connections, seed, choose);

    /// <summary>Ends it: requests under way are awaited, not cut off.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(workers);
    }

    /// <summary>Sends again what nobody acknowledged, as a careful client would; the explicit timestamps and the names make that harmless.</summary>
    public Task RepeatUnansweredAsync(CancellationToken cancellationToken) => RepeatUnansweredAsync(clients[0], cancellationToken);

    /// <summary>Sends it again to one of the silos.</summary>
    public async Task RepeatUnansweredAsync(LeptonRestClient client, CancellationToken cancellationToken)
    {
        var unanswered = ledger.Feedback.Where(line => line is { IsAcknowledged: false, Row.MayRepeat: true }).Select(line => line.Row).ToLookup(row => row.RequestKey is null);
        foreach (var batch in unanswered[true].Chunk(100).Concat(unanswered[false].Chunk(1)))
        {
            var answer = await ledger.SendFeedbackAsync(client, batch, cancellationToken);
            Assert.Equal(Outcome.Acknowledged, answer.Outcome);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Array.ForEach(clients, client => client.Dispose());
        stop.Dispose();
    }

    private async Task WriteAsync(Random random)
    {
        using var pause = new PeriodicTimer(PauseAfterFailure);
        while (!stop.IsCancellationRequested)
        {
            var answer = await WriteOnceAsync(clients[choose()], random);
            if (answer.Outcome != Outcome.Acknowledged)
            {
                await pause.WaitForNextTickAsync(CancellationToken.None);
            }
            else
            {
                await Task.Delay(clients.Length > 1 ? PauseOfSeveral : PauseOfOne, CancellationToken.None);
            }
        }
    }

    private Task<Answer> WriteOnceAsync(LeptonRestClient client, Random random) => random.Next(100) switch
    {
        < 50 => ledger.SendFeedbackAsync(client, [NewEvent()], CancellationToken.None),
        < 60 => IncrementOnceAsync(random),
        < 75 => ledger.SendFeedbackAsync(client, [.. Enumerable.Range(0, BatchSize).Select(_ => NewEvent())], CancellationToken.None),
        < 90 => ledger.SendFeedbackAsync(client, [Increment(random)], CancellationToken.None),
        < 95 => ledger.SendUserAsync(client, NewProfile(), CancellationToken.None),
        _ => ledger.SendItemAsync(client, NewItem(), CancellationToken.None),
    };

    // Its name is all that it is known by, so it is sent until it is acknowledged, by whichever silo, and now and then once more as
    // if nobody had heard of that.
    private async Task<Answer> IncrementOnceAsync(Random random)
    {
        var (number, repeats) = (Interlocked.Increment(ref named), random.Next(3));
        var row = new FeedbackRow { FeedbackType = "play", UserId = Id("u", number % Users), ItemId = Id("n", number / Users), Value = 1 };
        row = number % 2 == 0 ? row with { EventId = Id("event-", number) } : row with { RequestKey = Id("request-", number) };
        Answer answer;
        do
        {
            answer = await ledger.SendFeedbackAsync(clients[choose()], [row], CancellationToken.None);
            if (answer.Outcome != Outcome.Acknowledged)
            {
                await Task.Delay(PauseAfterFailure, CancellationToken.None);
            }
        }
        while (!stop.IsCancellationRequested && (answer.Outcome is Outcome.Unanswered or Outcome.NotSent || --repeats > 0));

        return answer;
    }

    private FeedbackRow NewEvent()
    {
        var number = Interlocked.Increment(ref events);
        return new FeedbackRow
        {
            FeedbackType = "like",
            UserId = Id("u", number % Users),
            ItemId = Id("i", number / Users),
            Value = 1,
            Timestamp = FirstEvent.AddSeconds(number),
            Comment = Id("event ", number),
        };
    }

    private static FeedbackRow Increment(Random random) => new()
    {
        FeedbackType = "play",
        UserId = Id("u", random.Next(Users)),
        ItemId = Id("c", random.Next(CountedItems)),
        Value = 1,
    };

    // The first profiles and items are those of users and items that feedback creates at the same time.
    private UserRow NewProfile()
    {
        var number = Interlocked.Increment(ref profiles);
        return new UserRow(Id("u", number), Id("profile ", number));
    }

    private ItemRow NewItem()
    {
        var number = Interlocked.Increment(ref items);
        return new ItemRow(Id("i", number), Id("item ", number), [Id("category ", number % 10)]);
    }

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
