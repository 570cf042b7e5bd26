using System.Buffers;
using System.Buffers.Binary;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Items;

/// <inheritdoc cref="IItemShardGrain" />
internal sealed class ItemShardGrain(BlobStore blobs, TimeProvider clock, IOptions<RankingOptions> options, ILogger<ItemShardGrain> logger)
    : Grain, IItemShardGrain
{
    private const int Capacity = 200;
    private const int Published = 100;
    private const int Format = 1;
    private const int MaxAside = 200_000;
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(30);

    private readonly Guid _epoch = Guid.NewGuid();
    private readonly Dictionary<int, long> _changedAt = [];
    private BoundedCounters _rules = new(Capacity);
    private BoundedCounters _pairs = new(Capacity);
    private Dictionary<int, float> _counts = [];
    private DecayedCounter _popularity = new(options.Value.TrendingHalfLife);
    private List<ShardDelta>? _aside;
    private long _version;
    private bool _dirty;

    private string Blob => $"shard:{this.GetPrimaryKeyString()}";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (await blobs.ReadAsync(Blob) is { } checkpoint)
        {
            try
            {
                ReadCheckpoint(checkpoint.Content);
            }
            catch (InvalidDataException exception)
            {
                logger.CheckpointUnreadable(this.GetPrimaryKeyString(), exception);
            }
        }

        this.RegisterGrainTimer(CheckpointAsync, new GrainTimerCreationOptions(CheckpointInterval, CheckpointInterval));
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => CheckpointAsync();

    public Task ApplyAsync(ShardDelta delta)
    {
        _version++;
        for (var i = 0; i < delta.RuleRows.Length; i++)
        {
            _rules.Add(delta.RuleRows[i], delta.RuleItems[i], delta.RuleWeights[i]);
            _changedAt[delta.RuleRows[i]] = _version;
        }

        for (var i = 0; i < delta.PairRows.Length; i++)
        {
            _pairs.Add(delta.PairRows[i], delta.PairItems[i], delta.PairWeights[i]);
            _changedAt[delta.PairRows[i]] = _version;
        }

        for (var i = 0; i < delta.Events.Length; i++)
        {
            var item = delta.Events[i];
            _counts[item] = _counts.GetValueOrDefault(item) + 1;

            // A time ahead of the clock would count for more than any that is to come before it.
            var time = Math.Min(delta.EventTimes[i], clock.GetUtcNow().ToUnixTimeMilliseconds());
            _popularity.Add(item / IItemShardGrain.Shards, 1, DateTime.UnixEpoch.AddMilliseconds(time));
            _changedAt[item] = _version;
        }

        if (_aside is not null && _aside.Count < MaxAside)
        {
            _aside.Add(delta);
        }

        _dirty = true;
        return Task.CompletedTask;
    }

    public Task<ShardRows> GetRowsAsync(Guid epoch, long after, int count)
    {
        var from = epoch == _epoch ? after : -1;
        var now = clock.GetUtcNow().UtcDateTime;
        if (from == _version)
        {
            return Task.FromResult(new ShardRows { Epoch = _epoch, Version = _version, TrendingAsOf = now });
        }

        // Whole versions only, oldest first, so that the next call can go on after the last of them.
        var changed = _changedAt.Where(c => c.Value > from).OrderBy(c => c.Value).ToArray();
        var take = changed.Length;
        if (take > count)
        {
            take = count;
            while (take < changed.Length && changed[take].Value == changed[take - 1].Value)
            {
                take++;
            }
        }

        var rows = Array.ConvertAll(changed[..take], c => c.Key);
        var rules = Array.ConvertAll(rows, r => _rules.Top(r, Published));
        var pairs = Array.ConvertAll(rows, r => _pairs.Top(r, Published));
        var trending = rows.Length == 0 ? [] : _popularity.Snapshot(now, (rows.Max() / IItemShardGrain.Shards) + 1);
        return Task.FromResult(new ShardRows
        {
            Epoch = _epoch,
            Version = take == changed.Length ? _version : changed[take - 1].Value,
            HasMore = take < changed.Length,
            Rows = rows,
            RuleItems = Array.ConvertAll(rules, r => r.Items),
            RuleWeights = Array.ConvertAll(rules, r => r.Weights),
            RuleTotals = Array.ConvertAll(rows, _rules.Total),
            PairItems = Array.ConvertAll(pairs, r => r.Items),
            PairWeights = Array.ConvertAll(pairs, r => r.Weights),
            Counts = Array.ConvertAll(rows, r => _counts.GetValueOrDefault(r)),
            Trending = Array.ConvertAll(rows, r => trending[r / IItemShardGrain.Shards]),
            TrendingAsOf = now,
        });
    }

    public Task BeginRebuildAsync()
    {
        _aside = [];
        return Task.CompletedTask;
    }

    public Task AbandonRebuildAsync()
    {
        _aside = null;
        return Task.CompletedTask;
    }

    public async Task RebuildAsync(ShardCounts counts)
    {
        (_rules, _pairs, _counts) = (new BoundedCounters(Capacity), new BoundedCounters(Capacity), []);
        _popularity = DecayedCounter.Read(counts.Popularity);
        _version++;
        foreach (var row in _changedAt.Keys.Union(counts.Rows).ToArray())
        {
            _changedAt[row] = _version;
        }

        for (var i = 0; i < counts.Rows.Length; i++)
        {
            var row = counts.Rows[i];
            _rules.Replace(new NeighbourRow(row, counts.RuleItems[i], counts.RuleWeights[i]), counts.RuleTotals[i]);
            _pairs.Replace(new NeighbourRow(row, counts.PairItems[i], counts.PairWeights[i]), 0);
            _counts[row] = counts.Counts[i];
        }

        var aside = _aside ?? [];
        _aside = null;
        foreach (var delta in aside)
        {
            await ApplyAsync(delta);
        }

        _dirty = true;
        await CheckpointAsync();
    }

    public Task RemoveAsync(int item)
    {
        _rules.Remove(item);
        _pairs.Remove(item);
        _counts.Remove(item);
        _changedAt[item] = ++_version;
        _dirty = true;
        return Task.CompletedTask;
    }

    private async Task CheckpointAsync()
    {
        if (!_dirty)
        {
            return;
        }

        try
        {
            _dirty = false;
            await blobs.WriteAsync(Blob, clock.GetUtcNow().ToUnixTimeMilliseconds(), WriteCheckpoint());
        }
        catch (StoreUnavailableException exception)
        {
            _dirty = true;
            logger.CheckpointFailed(this.GetPrimaryKeyString(), exception);
        }
    }

    private ReadOnlyMemory<byte> WriteCheckpoint()
    {
        var output = new ArrayBufferWriter<byte>();
        output.WriteNumber(Format);
        WriteSection(output, _rules.Write);
        WriteSection(output, _pairs.Write);
        WriteSection(output, _popularity.Write);
        output.WriteNumber(_counts.Count);
        foreach (var (item, count) in _counts)
        {
            output.WriteNumber(item);
            output.WriteSingle(count);
        }

        return output.WrittenMemory;
    }

    private void ReadCheckpoint(ReadOnlySpan<byte> content)
    {
        var input = new StateReader(content);
        if (input.ReadNumber() is var format && format != Format)
        {
            throw new InvalidDataException($"A shard's checkpoint has format {format}; this release reads format {Format}.");
        }

        var rules = BoundedCounters.Read(input.ReadSection());
        var pairs = BoundedCounters.Read(input.ReadSection());
        var popularity = DecayedCounter.Read(input.ReadSection());
        var counts = new Dictionary<int, float>();
        for (var left = input.ReadCount(); left > 0; left--)
        {
            counts[(int)input.ReadNumber()] = input.ReadSingle();
        }

        (_rules, _pairs, _popularity, _counts) = (rules, pairs, popularity, counts);
        _version = 1;
        foreach (var row in _rules.Rows.Concat(_pairs.Rows).Concat(_counts.Keys))
        {
            _changedAt[row] = _version;
        }
    }

    private static void WriteSection(ArrayBufferWriter<byte> output, Action<IBufferWriter<byte>> write)
    {
        var section = new ArrayBufferWriter<byte>();
        write(section);
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), section.WrittenCount);
        output.Advance(4);
        output.Write(section.WrittenSpan);
    }
}
