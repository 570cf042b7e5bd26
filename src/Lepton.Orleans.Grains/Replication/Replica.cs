using System.Buffers;
using System.Numerics.Tensors;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Learning;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Training;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>
/// A silo's read-only copy of what a tenant's lists are ranked from: catalogue, counters and the last build. The model is
/// immutable and swapped as a whole.
/// </summary>
internal sealed class Replica(
    string tenant,
    IGrainFactory grains,
    BlobStore blobs,
    TimeSpan trendingHalfLife,
    bool learnsOnline,
    ILogger<Replica> logger,
    RoleMap? map = null)
{
    // A few milliseconds of a shard's time a call, so that nobody waits long behind it.
    private const int RowsPerCall = 250;

    private const int LearnedPerCall = 2000;

    // Without a build: what was learned from fewer events than this is noise.
    private const int MinLearned = 1000;

    private readonly (Guid Epoch, long Version)[] _seen = new (Guid, long)[IItemShardGrain.Shards];
    private RankingModel _model = RankingModel.Empty;
    private BlendWeights? _builtWeights;
    private long _modelVersion;
    private long _unreadable;
    private (Guid Epoch, long Version) _seenLearned;
    private DateTime _trendingAsOf;
    private long _refreshes;

    /// <summary>The tenant.</summary>
    public string Tenant => tenant;

    /// <summary>Whether lists are ranked with what is learned per event.</summary>
    public bool LearnsOnline => learnsOnline;

    /// <summary>The catalogue.</summary>
    public CatalogReplica Catalog { get; } = new(grains.GetGrain<ICatalogGrain>(tenant));

    /// <summary>What lists are ranked with now.</summary>
    public RankingModel Model => Volatile.Read(ref _model);

    /// <summary>The build in use; 0 before the first.</summary>
    public long ModelVersion => Volatile.Read(ref _modelVersion);

    /// <summary>What comes next, as the build in use has learned it: what the learner goes on from.</summary>
    public RecurrentFactors? BuiltRecurrence { get; private set; }

    /// <summary>Whether catalogue, counters and model were read once, so that lists are as good as they get.</summary>
    public bool IsReady { get; private set; }

    /// <summary>How often counters and model were taken over; who has seen two more knows that what was written before is in.</summary>
    public long Refreshes => Volatile.Read(ref _refreshes);

    /// <summary>How many users have given positive feedback, summed over items: what the shards have counted.</summary>
    public long PositiveFeedback => (long)Model.Counts.Sum(c => (double)c);

    /// <summary>Whether a crash has cost any shard counts that only a build brings back.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Takes over the counters that changed, and a newer build.</summary>
    public async Task RefreshModelAsync()
    {
        if (!Catalog.IsLoaded)
        {
            await Catalog.RefreshAsync();
        }

        var parts = await Task.WhenAll(Enumerable.Range(0, IItemShardGrain.Shards).Select(ReadShardAsync));
        var rows = parts.SelectMany(p => p.Rows).ToArray();
        var newest = await NewestBuildAsync();
        BuiltModel? built = null;
        var version = ModelVersion;
        if (newest > Math.Max(ModelVersion, _unreadable) && await blobs.ReadAsync(TrainingGrain.ModelBlob(tenant)) is { } blob)
        {
            built = Read(blob.Version, blob.Content);
            version = blob.Version;
        }

        if (rows.Length > 0 || built is not null || Model.ItemCount < Catalog.Count)
        {
            Volatile.Write(ref _model, Merge(Model, rows, built).Prepare());
        }

        if (built is not null)
        {
            (BuiltRecurrence, _builtWeights) = (built.Recurrence, built.Weights);
        }

        // The version last: a ranking that has seen it has seen the build.
        if (built is not null)
        {
            Volatile.Write(ref _modelVersion, version);
            logger.ModelLoaded(tenant, version);
        }

        // Only what has been merged was seen: where a shard or the store did not answer, all of it is asked for again.
        for (var shard = 0; shard < parts.Length; shard++)
        {
            _seen[shard] = parts[shard].Seen;
        }

        IsIncomplete = Array.Exists(parts, p => p.IsIncomplete);
        IsReady = true;
        if (learnsOnline)
        {
            await LearnAsync();
        }

        Volatile.Write(ref _refreshes, _refreshes + 1);
    }

    /// <summary>Items like one item, hidden ones left out.</summary>
    public IReadOnlyList<ScoredId> Similar(int number, Source? source, string? category, int count, int offset) =>
        Rank(count, offset, (results, workspace) => Ranker.Similar(Model, number, source, Catalog.Eligible(category), results, workspace));

    /// <summary>The items of a source that is the same for everyone.</summary>
    public IReadOnlyList<ScoredId> Top(Source source, string? category, int count, int offset) =>
        Rank(count, offset, (results, workspace) => Ranker.Top(Model, source, [], Catalog.Eligible(category), results, workspace));

    /// <summary>The newest items; those without a time come last, the highest number first.</summary>
    public IReadOnlyList<ScoredId> Latest(string? category, int count, int offset)
    {
        var newest = new PriorityQueue<CatalogEntry, (DateTime, int)>();
        var eligible = Catalog.Eligible(category);
        for (var number = 0; number < eligible.Length * 64; number++)
        {
            if ((eligible[number >> 6] & (1UL << (number & 63))) != 0 && Catalog.Entry(number) is { } entry)
            {
                newest.Enqueue(entry, (entry.Timestamp, number));
                if (newest.Count > (long)count + offset)
                {
                    newest.Dequeue();
                }
            }
        }

        var list = new List<ScoredId>(newest.Count);
        while (newest.TryDequeue(out var entry, out _))
        {
            list.Add(new ScoredId(entry.ItemId, entry.Timestamp == default ? 0 : (entry.Timestamp - DateTime.UnixEpoch).TotalSeconds));
        }

        list.Reverse();
        return list.Count <= offset ? [] : list[offset..];
    }

    private List<ScoredId> Rank(int count, int offset, Func<RankedItem[], RankingWorkspace, int> rank)
    {
        // No list is longer than the catalogue, whatever is asked for.
        var depth = (int)Math.Min((long)count + offset, Catalog.Count);
        if (offset >= depth)
        {
            return [];
        }

        var results = ArrayPool<RankedItem>.Shared.Rent(depth);
        var workspace = RankingWorkspace.Rent();
        try
        {
            var found = Math.Min(rank(results, workspace), depth);
            var list = new List<ScoredId>(depth - offset);
            for (var i = offset; i < found; i++)
            {
                if (Catalog.Entry(results[i].Item) is { } entry)
                {
                    list.Add(new ScoredId(entry.ItemId, results[i].Score));
                }
            }

            return list;
        }
        finally
        {
            RankingWorkspace.Return(workspace);
            ArrayPool<RankedItem>.Shared.Return(results);
        }
    }

    // Where nobody builds, what was built last is in the store. The grain knows it as well, and by being asked starts to build.
    private async Task<long> NewestBuildAsync() => map?.SilosOf(SiloRoles.Training) is { Count: 0 }
        ? await blobs.VersionAsync(TrainingGrain.ModelBlob(tenant))
        : (await grains.GetGrain<ITrainingGrain>(tenant).GetStatusAsync()).ModelVersion;

    private async Task<(List<ShardRows> Rows, (Guid Epoch, long Version) Seen, bool IsIncomplete)> ReadShardAsync(int shard)
    {
        var grain = grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}");
        var (epoch, version) = _seen[shard];
        while (true)
        {
            var parts = new List<ShardRows>();
            var part = await grain.GetRowsAsync(epoch, version, 0, RowsPerCall);
            var first = part;
            parts.Add(part);
            while (part.Next >= 0 && part.Epoch == first.Epoch)
            {
                part = await grain.GetRowsAsync(epoch, version, part.Next, RowsPerCall);
                parts.Add(part);
            }

            // A shard that moved meanwhile counts its versions anew, and what it sent before and after do not fit together.
            if (part.Epoch == first.Epoch)
            {
                return ([.. parts.Where(p => p.Rows.Length > 0)], (first.Epoch, first.Version), first.IsIncomplete);
            }
        }
    }

    // After the build: what was learned since goes on from it.
    private async Task LearnAsync()
    {
        var grain = grains.GetGrain<ILearnerGrain>(tenant);
        var (epoch, version) = _seenLearned;
        var pages = new List<RecurrentRows>();
        var page = await grain.GetRowsAsync(epoch, version, 0, LearnedPerCall);
        var first = page;
        try
        {
            TakeWeights(first);

            // A learner that moved, or went on to another build meanwhile, is asked anew by the next refresh.
            while (page.Build == ModelVersion && page.Epoch == first.Epoch && page.Rows.Length > 0)
            {
                pages.Add(RecurrentRows.FromBytes(page.Rows));
                if (page.Next < 0)
                {
                    Take(RecurrentFactors.With(Model.Recurrence, pages), first);
                    return;
                }

                page = await grain.GetRowsAsync(epoch, version, page.Next, LearnedPerCall);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            logger.LearnerUnfit(tenant, ModelVersion, exception);
        }
    }

    // A learner that began anew has none of its own: then those of the build are in use again, as they are in other silos.
    private void TakeWeights(LearnedRows first)
    {
        if (first.Build == ModelVersion && (first.Weights is { } bytes ? BlendWeights.FromBytes(bytes) : _builtWeights) is { } weights && weights != Model.Weights)
        {
            Volatile.Write(ref _model, (Model with { Weights = weights }).Prepare());
        }
    }

    private void Take(RecurrentFactors learned, LearnedRows first)
    {
        // Without a build nothing has weighed the sources against each other.
        var weights = ModelVersion == 0 && first.Events >= MinLearned ? BlendWeights.Online : Model.Weights;
        Volatile.Write(ref _model, (Model with { Recurrence = learned, Weights = weights }).Prepare());
        _seenLearned = (first.Epoch, first.Version);
    }

    // A build of another release, or a damaged one, must not keep the silo from serving what it has.
    private BuiltModel? Read(long version, byte[] content)
    {
        try
        {
            using var stream = new MemoryStream(content, writable: false);
            return BuiltModel.Read(stream);
        }
        catch (InvalidDataException exception)
        {
            _unreadable = version;
            logger.UnreadableModel(tenant, version, exception);
            return null;
        }
    }

    private RankingModel Merge(RankingModel model, ShardRows[] parts, BuiltModel? built)
    {
        var items = Math.Max(Catalog.Count, model.ItemCount);
        if (parts.Length > 0)
        {
            items = Math.Max(items, parts.Max(p => p.Rows.Max()) + 1);
            var totals = Grow(model.TransitionTotals, items);
            var counts = Grow(model.Counts, items);
            var trending = Grow(model.Trending, items);
            Fade(trending, parts.Max(p => p.TrendingAsOf));
            var transitions = model.Transitions.ToBuilder();
            var coOccurrence = model.CoOccurrence.ToBuilder();
            foreach (var part in parts)
            {
                for (var i = 0; i < part.Rows.Length; i++)
                {
                    var row = part.Rows[i];
                    transitions.Set(row, part.Items.AsSpan(part.Rules(i)), part.Weights.AsSpan(part.Rules(i)));
                    coOccurrence.Set(row, part.Items.AsSpan(part.Pairs(i)), part.Weights.AsSpan(part.Pairs(i)));
                    totals[row] = part.RuleTotals[i];
                    counts[row] = part.Counts[i];
                    trending[row] = part.Trending[i];
                }
            }

            model = model with
            {
                Transitions = transitions.ToTable(),
                CoOccurrence = coOccurrence.ToTable(),
                TransitionTotals = totals,
                Counts = counts,
                Trending = trending,
            };
        }

        if (built is not null)
        {
            model = model with
            {
                Neighbourhood = built.Neighbourhood,
                Factors = built.Factors,
                Recurrence = built.Recurrence,
                Users = built.Users,
                Weights = built.Weights,
                RuleReach = built.RuleReach,
            };
        }

        return model with { ItemCount = items };
    }

    // Rows that did not change were decayed to an earlier time than those that did.
    private void Fade(float[] trending, DateTime now)
    {
        var factor = (float)Math.Pow(2, -((now - _trendingAsOf) / trendingHalfLife));
        TensorPrimitives.Multiply(trending, factor, trending);
        _trendingAsOf = now;
    }

    private static float[] Grow(float[] values, int length)
    {
        var grown = new float[Math.Max(length, values.Length)];
        values.CopyTo(grown, 0);
        return grown;
    }
}
