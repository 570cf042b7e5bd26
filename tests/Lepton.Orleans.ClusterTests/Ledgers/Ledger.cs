using System.Collections.Concurrent;
using System.Diagnostics;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>What was sent, what the service promised to keep, and how it answered: the truth that a read-back is compared with. Thread-safe.</summary>
/// <param name="fault">What is done to the servers meanwhile.</param>
internal sealed class Ledger(string fault = "nothing")
{
    private readonly ConcurrentDictionary<FeedbackKey, LedgerLine> lines = new();
    private readonly ConcurrentDictionary<string, UserRow> users = new();
    private readonly ConcurrentDictionary<string, ItemRow> items = new();
    private readonly ConcurrentQueue<Answer> failures = new();
    private readonly Lock gate = new();
    private readonly List<Fault> faults = [];
    private long acknowledgedRequests;
    private long newestAcknowledged;

    /// <summary>What is done to the servers meanwhile.</summary>
    public string Fault => fault;

    public IEnumerable<LedgerLine> Feedback => lines.Values;

    public IReadOnlyDictionary<FeedbackKey, LedgerLine> FeedbackByKey => lines;

    /// <summary>Acknowledged profiles, each written once.</summary>
    public IReadOnlyDictionary<string, UserRow> Users => users;

    /// <summary>Acknowledged items, each written once.</summary>
    public IReadOnlyDictionary<string, ItemRow> Items => items;

    /// <summary>Every request that was not acknowledged.</summary>
    public IReadOnlyCollection<Answer> Failures => failures;

    public long AcknowledgedRequests => Interlocked.Read(ref acknowledgedRequests);

    /// <summary>When that of the acknowledged requests began that began last, by the stopwatch.</summary>
    public long NewestAcknowledged
    {
        get
        {
            lock (gate)
            {
                return newestAcknowledged;
            }
        }
    }

    /// <summary>Faults, and how long after each the first later request was acknowledged.</summary>
    public IReadOnlyList<Fault> Faults
    {
        get
        {
            lock (gate)
            {
                return [.. faults];
            }
        }
    }

    /// <summary>Notes that the fault happened at this moment or, where it lasted, that it is over.</summary>
    public void MarkFault()
    {
        lock (gate)
        {
            faults.Add(new Fault(Stopwatch.GetTimestamp()));
        }
    }

    public Task<Answer> SendFeedbackAsync(LeptonRestClient client, IReadOnlyList<FeedbackRow> rows, CancellationToken cancellationToken) =>
        SendAsync(rows, () => client.PostFeedbackAsync(rows, cancellationToken));

    /// <summary>Notes rows that are sent by any way.</summary>
    public async Task<Answer> SendAsync(IReadOnlyList<FeedbackRow> rows, Func<Task<Answer>> send)
    {
        var sent = rows.Select(row => lines.GetOrAdd(row.Key, _ => new LedgerLine(row))).ToArray();
        foreach (var line in sent)
        {
            line.Send();
        }

        var answer = Note(await send());
        foreach (var line in sent)
        {
            line.Settle(answer.Outcome);
        }

        return answer;
    }

    public async Task<Answer> SendUserAsync(LeptonRestClient client, UserRow user, CancellationToken cancellationToken)
    {
        var answer = Note(await client.PostUserAsync(user, cancellationToken));
        if (answer.Outcome == Outcome.Acknowledged)
        {
            users[user.UserId] = user;
        }

        return answer;
    }

    public async Task<Answer> SendItemAsync(LeptonRestClient client, ItemRow item, CancellationToken cancellationToken)
    {
        var answer = Note(await client.PostItemsAsync([item], cancellationToken));
        if (answer.Outcome == Outcome.Acknowledged)
        {
            items[item.ItemId] = item;
        }

        return answer;
    }

    private Answer Note(Answer answer)
    {
        if (answer.Outcome != Outcome.Acknowledged)
        {
            failures.Enqueue(answer);
            return answer;
        }

        Interlocked.Increment(ref acknowledgedRequests);
        var now = Stopwatch.GetTimestamp();
        lock (gate)
        {
            newestAcknowledged = Math.Max(newestAcknowledged, now - (long)(answer.Elapsed.TotalSeconds * Stopwatch.Frequency));
            if (faults.Count > 0 && faults[^1] is { Recovery: null } last && Stopwatch.GetElapsedTime(last.At, now) > answer.Elapsed)
            {
                faults[^1] = last with { Recovery = Stopwatch.GetElapsedTime(last.At, now) };
            }
        }

        return answer;
    }
}
