using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>
/// Goes once through a tenant's keys and indexes and looks for an entry without a state and a state without an entry. What it
/// finds is a suspicion: writes go on meanwhile, and an entry is written before its state is acknowledged. So the owner of
/// the state decides and mends, in a turn of its own, when nothing of it is under way.
/// </summary>
/// <remarks>
/// Whether an item's index holds users who do not know the item shows in its length: it is more than the number of histories
/// that mention the item. Only then its members are read one by one.
/// </remarks>
internal sealed class RepairPass(
    DurableStore store, IndexStore indexes, UserRecords records, CatalogStore catalog, IGrainFactory grains, ILogger<RepairPass> logger)
{
    // The store grants an answer a second or two, so not too much is asked for at once.
    private const int Chunk = 256;
    private const int LookUpsAtOnce = 1000;
    private const int OwnersAtOnce = 32;

    /// <summary>Runs the pass.</summary>
    /// <param name="tenant">Whose indexes.</param>
    /// <param name="report">What was found and mended.</param>
    /// <param name="rest">Called between two pieces of work; a slow pass takes its time there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task RunAsync(string tenant, RepairReport report, Func<Task> rest, CancellationToken cancellationToken)
    {
        var (ids, deleted, unfinished) = await catalog.ReadAsync(tenant);
        var living = new HashSet<string>(ids.Where((_, number) => !deleted.Contains(number)), StringComparer.Ordinal);
        var keys = new Keys(tenant, living);
        report.Begin("Keys");
        await foreach (var key in store.ScanAsync("lepton:{*", cancellationToken))
        {
            keys.Take(key);
            if (keys.Users >= Chunk)
            {
                await MendStatesAsync(tenant, keys.TakeUsers(), report);
                await rest();
            }
        }

        await MendStatesAsync(tenant, keys.TakeUsers(), report);
        await RemoveLeftoversAsync(keys.Leftovers, report);

        report.Begin("Users");
        var mentions = new int[ids.Count];
        IndexPosition? position = IndexPosition.Start;
        while (position is { } from)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (members, next) = await indexes.RangeAsync(b => StoreKeys.UserIndex(tenant, b), from, Chunk);
            await RemoveForeignAsync(members, id => StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id)), report.User);
            await CheckUsersAsync(tenant, members, mentions, deleted, report);
            position = next;
            await rest();
        }

        report.Begin("Feedback");
        foreach (var number in keys.Indexes)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // A number beyond the catalogue as it was read is that of an item which came later.
            if (number < ids.Count && await CheckItemIndexAsync(tenant, number, deleted.Contains(number) ? -1 : mentions[number], report, rest, cancellationToken))
            {
                await rest();
            }
        }

        report.Begin("Items");
        await CheckItemsAsync(tenant, living, report, rest, cancellationToken);
        foreach (var id in unfinished.Select(number => ids[number]).Concat(keys.DeadItems).Distinct(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await grains.GetGrain<IItemUpkeepGrain>(LeptonKey.For(tenant, id)).FinishDeletionsAsync())
            {
                report.Change(s => s with { DeletionsFinished = s.DeletionsFinished + 1 });
            }
        }
    }

    // States without an entry in the index of users.
    private async Task MendStatesAsync(string tenant, string[] users, RepairReport report)
    {
        var holds = await Task.WhenAll(users.Select(id => indexes.HoldsAsync(StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id)), id)));
        await MendAsync(tenant, [.. users.Where((_, i) => !holds[i]).Select(id => new Suspect(id, []))], report);
        report.User(users.Length);
    }

    // Entries without a state in the index of users, and what states mention without an entry in an item's index.
    private async Task CheckUsersAsync(string tenant, List<string> users, int[] mentions, HashSet<int> deleted, RepairReport report)
    {
        var histories = await records.PeekAsync(tenant, users);
        var suspects = new List<Suspect>();
        var lookUps = new List<(int User, int Item)>();
        for (var user = 0; user < users.Count; user++)
        {
            if (histories[user] is not { } state)
            {
                // Nothing is to be said about a user whose record cannot be read.
                continue;
            }

            if (!state.Exists)
            {
                suspects.Add(new Suspect(users[user], []));
                continue;
            }

            foreach (var item in state.History.DistinctItems().Where(item => item < mentions.Length && !deleted.Contains(item)))
            {
                mentions[item]++;
                lookUps.Add((user, item));
            }
        }

        foreach (var some in lookUps.Chunk(LookUpsAtOnce))
        {
            var holds = await Task.WhenAll(some.Select(l => indexes.HoldsAsync(StoreKeys.ItemFeedbackIndex(tenant, l.Item), users[l.User])));
            suspects.AddRange(some.Where((_, i) => !holds[i]).GroupBy(l => l.User, l => l.Item).Select(g => new Suspect(users[g.Key], [.. g])));
        }

        await MendAsync(tenant, suspects, report);
        report.User(users.Count);
        report.ItemFeedback(lookUps.Count);
    }

    // Entries without a state in an item's index. Says whether there was anything to do.
    private async Task<bool> CheckItemIndexAsync(
        string tenant, int number, int mentions, RepairReport report, Func<Task> rest, CancellationToken cancellationToken)
    {
        var index = StoreKeys.ItemFeedbackIndex(tenant, number);
        var count = await indexes.CountAsync(index);
        report.ItemFeedback(count);
        if (mentions < 0)
        {
            // Numbers of deleted items never come back, so nobody is going to miss it.
            await indexes.DropAsync(index);
            report.ItemFeedback(0, new IndexMend(0, (int)count));
            return true;
        }

        if (count <= mentions)
        {
            return false;
        }

        for (var after = ""; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var users = (await indexes.RangeAsync(index, after, Chunk)).ToList();
            var (read, last) = (users.Count, users.LastOrDefault(""));
            await RemoveForeignAsync(users, _ => index, report.ItemFeedback);
            var histories = await records.PeekAsync(tenant, users);
            await MendAsync(tenant, [.. users.Where((_, i) => histories[i]?.History.Mentions(number) is false).Select(id => new Suspect(id, [number]))], report);
            if (read < Chunk)
            {
                return true;
            }

            after = last;
            await rest();
        }
    }

    // Both ways: entries without an item, and items without an entry.
    private async Task CheckItemsAsync(string tenant, HashSet<string> living, RepairReport report, Func<Task> rest, CancellationToken cancellationToken)
    {
        var owner = grains.GetGrain<ICatalogGrain>(tenant);
        IndexPosition? position = IndexPosition.Start;
        while (position is { } from)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (members, next) = await indexes.RangeAsync(b => StoreKeys.ItemIndex(tenant, b), from, Chunk);
            await MendAsync(members.Where(id => !living.Contains(id)));
            report.Item(members.Count);
            position = next;
            await rest();
        }

        foreach (var some in living.Chunk(LookUpsAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var holds = await Task.WhenAll(some.Select(id => indexes.HoldsAsync(StoreKeys.ItemIndex(tenant, StoreKeys.Bucket(id)), id)));
            await MendAsync(some.Where((_, i) => !holds[i]));
            report.Item(some.Length);
            await rest();
        }

        async Task MendAsync(IEnumerable<string> suspects)
        {
            if (suspects.ToArray() is { Length: > 0 } ids)
            {
                report.Item(0, await owner.MendAsync(ids));
            }
        }
    }

    // What is no id has no owner who could decide.
    private async Task RemoveForeignAsync(List<string> members, Func<string, RedisKey> index, Action<long, IndexMend> found)
    {
        foreach (var member in members.FindAll(id => LeptonKey.Violation(id) is not null))
        {
            found(0, new IndexMend(0, await indexes.RemoveAsync(index(member), member) ? 1 : 0));
            members.Remove(member);
        }
    }

    private async Task MendAsync(string tenant, IReadOnlyList<Suspect> suspects, RepairReport report)
    {
        foreach (var some in suspects.Chunk(OwnersAtOnce))
        {
            var mends = await Task.WhenAll(some.Select(s => MendAsync(tenant, s)));
            report.User(0, mends.Aggregate(default(IndexMend), (sum, mend) => sum + mend.User));
            report.ItemFeedback(0, mends.Aggregate(default(IndexMend), (sum, mend) => sum + mend.Items));
        }
    }

    private async Task<UserMend> MendAsync(string tenant, Suspect suspect)
    {
        var key = LeptonKey.For(tenant, suspect.User);
        try
        {
            return await grains.GetGrain<IUserUpkeepGrain>(key).MendAsync(suspect.Items);
        }
        catch (Exception exception) when (exception is StaleActivationException or TimeoutException)
        {
            // Its grain is moving or busy; whatever there is to mend is there for the next pass.
            logger.MendFailed(key, exception);
            return default;
        }
    }

    private async Task RemoveLeftoversAsync(IReadOnlyList<RedisKey> leftovers, RepairReport report)
    {
        foreach (var key in leftovers)
        {
            // Such a key lives within one script; who has seen it from outside has seen what a crash had left.
            var isGone = await DurableStore.Guard("remove what a crash has left", () => store.WriteAsync(key, d => d.KeyDeleteAsync(key)));
            report.Change(s => s with { KeysRemoved = s.KeysRemoved + (isGone ? 1 : 0) });
        }
    }

    private sealed record Suspect(string User, int[] Items);

    /// <summary>What the keys of the store say about a tenant.</summary>
    private sealed class Keys(string tenant, HashSet<string> living)
    {
        private readonly string _start = tenant + "/";
        private HashSet<string> _users = new(StringComparer.Ordinal);

        /// <summary>How many users with a state or a journal were met since they were taken last.</summary>
        public int Users => _users.Count;

        /// <summary>Numbers of items with an index of feedback.</summary>
        public HashSet<int> Indexes { get; } = [];

        /// <summary>Ids with a record and no living item.</summary>
        public List<string> DeadItems { get; } = [];

        /// <summary>Journals that were being made when the store lost power.</summary>
        public List<RedisKey> Leftovers { get; } = [];

        public void Take(RedisKey key)
        {
            var name = StoreKeyName.Of(key);
            switch (name.Kind)
            {
                case StoreKeyKind.ItemFeedbackIndex when name.Owner == tenant:
                    Indexes.Add(name.Number);
                    break;
                case StoreKeyKind.User or StoreKeyKind.UserJournal when IdOf(name) is { } id:
                    _users.Add(id);
                    break;
                case StoreKeyKind.Item when IdOf(name) is { } id && !living.Contains(id):
                    DeadItems.Add(id);
                    break;
                case StoreKeyKind.UserLeftover or StoreKeyKind.ItemLeftover when IdOf(name) is not null:
                    Leftovers.Add(key);
                    break;
            }
        }

        public string[] TakeUsers()
        {
            var taken = _users.ToArray();
            _users = new HashSet<string>(StringComparer.Ordinal);
            return taken;
        }

        private string? IdOf(StoreKeyName name) =>
            name.Owner.StartsWith(_start, StringComparison.Ordinal) && LeptonKey.Violation(name.Owner[_start.Length..]) is null ? name.Owner[_start.Length..] : null;
    }
}
