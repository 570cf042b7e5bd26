using System.Globalization;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Recommendations;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;
using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Tenants;

/// <inheritdoc cref="ITenantGrain" />
/// <remarks>Enumerations walk the indexes and read the records themselves: a listing wakes no grain.</remarks>
[HostedBy(SiloRoles.Items), StatelessWorker]
internal sealed class TenantGrain(
    IndexStore indexes,
    UserRecords users,
    ItemStore items,
    Replicas replicas,
    RankingServices ranking,
    FeedbackPolicy policy) : Grain, ITenantGrain
{
    private const int Chunk = 256;
    private const int MaxUsersSeen = 8 * Chunk;

    private string Tenant => this.GetPrimaryKeyString();

    public Task<Page<User>> ListUsersAsync(int count, string cursor) => ListAsync(count, cursor, b => StoreKeys.UserIndex(Tenant, b), async ids =>
    {
        var states = await users.PeekAsync(Tenant, ids);
        return ids.Zip(states)
            .Where(u => u.Second is { Exists: true })
            .Select(u => new User { UserId = u.First, LabelsJson = u.Second!.LabelsJson, Comment = u.Second.Comment });
    });

    public Task<Page<Item>> ListItemsAsync(int count, string cursor) => ListAsync(count, cursor, b => StoreKeys.ItemIndex(Tenant, b), async ids =>
    {
        var states = await items.PeekAsync(Tenant, ids);
        var catalog = replicas.For(Tenant).Catalog;
        if (ids.Any(id => catalog.NumberOf(id) < 0))
        {
            await catalog.RefreshAsync();
        }

        return ids.Where(id => catalog.NumberOf(id) >= 0).Select(id => states.GetValueOrDefault(id)?.Item ?? new Item { ItemId = id });
    });

    public async Task<Page<Feedback>> ListFeedbackAsync(string? feedbackType, int count, string cursor)
    {
        // The cursor is the user whose feedback is being listed, and the place in it; neither part can contain the separator.
        var (position, inner) = ParseFeedbackCursor(cursor);
        var catalog = replicas.For(Tenant).Catalog;
        var rows = new List<Feedback>();
        for (var seen = 0; ;)
        {
            var (ids, next) = await indexes.RangeAsync(b => StoreKeys.UserIndex(Tenant, b), position, Math.Min(Chunk, Math.Max(count - rows.Count, 1)));
            if (inner.Length > 0)
            {
                // The user that the page before ended in comes first once more.
                ids.Insert(0, position.Member);
            }

            foreach (var (id, state) in ids.Zip(await users.PeekAsync(Tenant, ids)))
            {
                if (state is null)
                {
                    inner = "";
                    continue;
                }

                await catalog.KnowAsync(state.History);
                var query = new FeedbackQuery { FeedbackType = feedbackType, Count = count - rows.Count, Cursor = inner };
                var page = UserFeedback.Page(state.History, id, query, catalog);
                rows.AddRange(page.Entries);
                inner = page.Cursor;
                position = new IndexPosition(StoreKeys.Bucket(id), id);
                if (inner.Length > 0 || rows.Count == count)
                {
                    return new Page<Feedback>(rows, FeedbackCursor(position, inner));
                }
            }

            if (next is null)
            {
                return new Page<Feedback>(rows, "");
            }

            // A rare type may be far to seek: the caller goes on from here.
            position = next.Value;
            seen += ids.Count;
            if (seen >= MaxUsersSeen)
            {
                return new Page<Feedback>(rows, Cursor(position));
            }
        }
    }

    public async Task<Page<Feedback>> ListItemFeedbackAsync(string itemId, string? feedbackType, int count, string cursor)
    {
        var catalog = replicas.For(Tenant).Catalog;
        if (await catalog.FindAsync(itemId) is not { } entry)
        {
            return new Page<Feedback>([], "");
        }

        var rows = new List<Feedback>();
        var seen = 0;
        string[] ids;
        do
        {
            // A rare type may be far to seek: the caller goes on from here.
            if (seen >= MaxUsersSeen)
            {
                return new Page<Feedback>(rows, cursor);
            }

            ids = await indexes.RangeAsync(StoreKeys.ItemFeedbackIndex(Tenant, entry.Number), cursor, Chunk);
            foreach (var (id, state) in ids.Zip(await users.PeekAsync(Tenant, ids)))
            {
                if (state is not null)
                {
                    var page = UserFeedback.Page(state.History, id, new FeedbackQuery { FeedbackType = feedbackType, ItemId = itemId }, catalog);
                    if (rows.Count > 0 && rows.Count + page.Entries.Count > count)
                    {
                        return new Page<Feedback>(rows, cursor);
                    }

                    rows.AddRange(page.Entries);
                }

                cursor = id;
            }

            seen += ids.Length;
        }
        while (ids.Length == Chunk);

        return new Page<Feedback>(rows, "");
    }

    public Task<IReadOnlyList<ScoredId>?> GetListAsync(string name, string? category, int count, int offset)
    {
        var replica = replicas.For(Tenant);
        return Task.FromResult(name switch
        {
            RecommenderNames.Latest => replica.Latest(category, count, offset),
            RecommenderNames.Popular => replica.Top(Source.Popular, category, count, offset),
            RecommenderNames.Trending => replica.Top(Source.Trending, category, count, offset),
            _ => null,
        });
    }

    public Task<IReadOnlyList<ScoredId>> RecommendSessionAsync(IReadOnlyList<Feedback> session, RecommendRequest request)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(request);
        var replica = replicas.For(Tenant);
        var seeds = new List<int>();
        var read = new HashSet<int>();

        // The order given is the order of time; a session need not carry timestamps. What somebody looks at in a session is
        // what the session is about, so here a mere view says as much as a like. What was said of an item last counts.
        for (var i = session.Count - 1; i >= 0; i--)
        {
            var row = session[i];
            if (replica.Catalog.NumberOf(row.ItemId) is >= 0 and var number
                && read.Add(number)
                && seeds.Count < HistoryReader.MaxSeeds
                && policy.KindOf(row.FeedbackType, row.Value) != FeedbackPolicy.Kind.Negative)
            {
                seeds.Add(number);
            }
        }

        var places = ranking.Rank(replica, CollectionsMarshal.AsSpan(seeds), read.ToArray(), request.Category, request.Needed);
        var list = new List<ScoredId>(request.Count);
        foreach (var place in places.AsSpan(Math.Min(request.Offset, places.Length)))
        {
            if (replica.Catalog.Entry(place.Item) is { } entry)
            {
                list.Add(new ScoredId(entry.ItemId, place.Score));
            }
        }

        return Task.FromResult<IReadOnlyList<ScoredId>>(list);
    }

    public async Task<TenantStatistics> GetStatisticsAsync()
    {
        var replica = replicas.For(Tenant);
        return new TenantStatistics
        {
            Users = await indexes.CountAsync(b => StoreKeys.UserIndex(Tenant, b)),
            Items = replica.Catalog.Living,
            PositiveFeedback = replica.PositiveFeedback,
            ModelVersion = replica.ModelVersion,
            CatalogVersion = replica.Catalog.Version,
        };
    }

    private async Task<Page<T>> ListAsync<T>(int count, string cursor, Func<int, StackExchange.Redis.RedisKey> index, Func<List<string>, Task<IEnumerable<T>>> read)
    {
        var position = ParseCursor(cursor);
        var entries = new List<T>();
        while (entries.Count < count)
        {
            var (ids, next) = await indexes.RangeAsync(index, position, count - entries.Count);
            entries.AddRange(await read(ids));
            if (next is null)
            {
                return new Page<T>(entries, "");
            }

            position = next.Value;
        }

        return new Page<T>(entries, Cursor(position));
    }

    private static string Cursor(IndexPosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"{position.Bucket}/{position.Member}");

    private static string FeedbackCursor(IndexPosition position, string inner) =>
        inner.Length == 0 ? Cursor(position) : $"{Cursor(position)}/{inner}";

    private static IndexPosition ParseCursor(string cursor) => ParseFeedbackCursor(cursor) is var (position, inner) && inner.Length == 0
        ? position
        : throw new InvalidCursorException(cursor);

    private static (IndexPosition Position, string Inner) ParseFeedbackCursor(string cursor)
    {
        if (cursor.Length == 0)
        {
            return (IndexPosition.Start, "");
        }

        var parts = cursor.Split('/', 3);
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bucket)
            && bucket < StoreKeys.IndexBuckets
            && (parts.Length == 2 || parts[2].Contains('/', StringComparison.Ordinal))
            ? (new IndexPosition(bucket, parts[1]), parts.Length == 3 ? parts[2] : "")
            : throw new InvalidCursorException(cursor);
    }
}
