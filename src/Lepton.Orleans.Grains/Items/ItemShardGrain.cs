using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Items;

/// <inheritdoc cref="IItemShardGrain" />
/// <remarks>
/// Checkpoints are written piece by piece, the one that has waited longest first, so that they cost the same whether a
/// shard holds hundreds of rows or millions. A crash takes from each piece what was counted since it was written: while
/// anything waits to be written a mark stands in the store, or is on its way there, and a shard that finds it at its start is
/// incomplete until a build has counted anew. What that has counted comes page by page and is put in place as a whole, so that no
/// message grows with the catalogue and a build that ends halfway changes nothing.
/// </remarks>
[HostedBy(SiloRoles.Items), ShardPlacement]
internal sealed class ItemShardGrain(BlobStore blobs, TimeProvider clock, IOptions<RankingOptions> options, ILogger<ItemShardGrain> logger)
    : Grain, IItemShardGrain, IShardRebuildGrain
{
    private const int MaxAsideBytes = 16 * 1024 * 1024;
    private const int PiecesAtOnce = 64;

    // So many buffers for pieces are kept: a tick rarely writes more.
    private const int MaxBuffers = 4;

    // With every piece dirty, a round takes about so many ticks.
    private const int TicksPerRound = 120;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private static readonly byte[] MarkContent = [1];

    private readonly Guid _epoch = Guid.NewGuid();
    private readonly Stack<ArrayBufferWriter<byte>> _buffers = new();
    private ShardCounters _counters = null!;
    private List<byte[]>? _aside;
    private int _asideBytes;
    private (long Run, int Pages, ShardCounters Counters)? _rebuilt;
    private long _rebuiltLast;
    private int _piecesKnown;
    private bool _isMarked;
    private bool _isIncomplete;
    private Task _marking = Task.CompletedTask;
    private Task _tick = Task.CompletedTask;

    private int Shard => int.Parse(LeptonKey.Split(this.GetPrimaryKeyString()).Id, CultureInfo.InvariantCulture);

    private string Mark => $"shard:{this.GetPrimaryKeyString()}:unwritten";

    private string PieceCount => $"shard:{this.GetPrimaryKeyString()}:pieces";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _counters = NewCounters();
        await ReadAsync();
        this.RegisterGrainTimer(OnTickAsync, new GrainTimerCreationOptions(Tick, Tick) { Interleave = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // What a tick is still writing is not dirty any more, and not written yet.
        await _tick.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        await WriteAsync(int.MaxValue);
    }

    public Task ApplyAsync(ShardDelta delta)
    {
        _counters.Apply(delta.Increments, Now);
        if (!_isMarked)
        {
            _marking = MarkAsync();
        }

        if (_aside is not null && _asideBytes < MaxAsideBytes)
        {
            _aside.Add(delta.Content.ToArray());
            _asideBytes += delta.Content.Length;
            if (_asideBytes >= MaxAsideBytes)
            {
                logger.AsideFull(this.GetPrimaryKeyString());
            }
        }

        delta.Release();
        return Task.CompletedTask;
    }

    public Task<ShardRows> GetRowsAsync(Guid epoch, long after, int from, int count) =>
        Task.FromResult(_counters.RowsAfter(_epoch, epoch == _epoch ? after : -1, from, count, Now) with { IsIncomplete = _isIncomplete });

    public Task BeginRebuildAsync()
    {
        (_aside, _asideBytes, _rebuilt, _rebuiltLast) = ([], 0, null, 0);
        return Task.CompletedTask;
    }

    public Task AbandonRebuildAsync()
    {
        (_aside, _rebuilt) = (null, null);
        return Task.CompletedTask;
    }

    public Task RebuildAsync(ShardCounts counts)
    {
        var rebuilt = NewCounters();
        rebuilt.Set(counts);
        Replace(rebuilt);
        return Task.CompletedTask;
    }

    public Task<bool> RebuildPageAsync(long run, int page, ShardRows rows)
    {
        // Whoever did not hear that its rows are in place sends them again.
        if (_rebuiltLast == run)
        {
            return Task.FromResult(true);
        }

        if (page == 0)
        {
            _rebuilt = (run, 0, NewCounters());
        }

        if (_rebuilt is not ({ } begun, var pages, { } counters) || begun != run || page > pages)
        {
            return Task.FromResult(false);
        }

        if (page == pages)
        {
            counters.Set(rows);
            _rebuilt = (run, pages + 1, counters);
        }

        return Task.FromResult(true);
    }

    public Task<bool> EndRebuildAsync(long run, int pages)
    {
        if (_rebuilt is ({ } begun, var known, { } counters) && (begun, known) == (run, pages))
        {
            Replace(counters);
            _rebuiltLast = run;
        }

        return Task.FromResult(_rebuiltLast == run);
    }

    public Task RemoveAsync(int item)
    {
        _counters.Remove(item);
        _rebuilt?.Counters.Remove(item);
        return Task.CompletedTask;
    }

    public Task<byte[]?> GetPieceAsync(int piece)
    {
        if (piece < 0 || piece >= _counters.Pieces)
        {
            return Task.FromResult<byte[]?>(null);
        }

        var output = new ArrayBufferWriter<byte>(ShardCounters.MaxPieceBytes);
        _counters.Write(piece, Now, output);
        return Task.FromResult<byte[]?>(output.WrittenSpan.ToArray());
    }

    public Task RestorePieceAsync(int piece, byte[] content)
    {
        try
        {
            _counters.Restore(piece, content);
        }
        catch (InvalidDataException exception)
        {
            _isIncomplete = true;
            logger.CheckpointUnreadable(Name(piece), exception);
        }

        return Task.CompletedTask;
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private ShardCounters NewCounters() => new(Shard, options.Value.TrendingHalfLife);

    private void Replace(ShardCounters rebuilt)
    {
        _counters.Replace(rebuilt);
        foreach (var increments in _aside ?? [])
        {
            _counters.Apply(MemoryMarshal.Cast<byte, ShardIncrement>(increments), Now);
        }

        // Without it the shard has moved since the rebuild began, and with it what was kept aside.
        _isIncomplete = _aside is null;
        (_aside, _rebuilt) = (null, null);
    }

    private Task OnTickAsync()
    {
        _counters.Tick();
        return _tick = WriteAsync(1 + (_counters.DirtyPieces / TicksPerRound));
    }

    private async Task ReadAsync()
    {
        _isMarked = _isIncomplete = await blobs.GetAsync(Mark) is not null;
        _piecesKnown = await blobs.GetAsync(PieceCount) is { } known ? BinaryPrimitives.ReadInt32LittleEndian(known) : 0;
        for (var first = 0; first < _piecesKnown; first += PiecesAtOnce)
        {
            var pieces = Enumerable.Range(first, Math.Min(PiecesAtOnce, _piecesKnown - first)).ToArray();
            var contents = await Task.WhenAll(pieces.Select(piece => blobs.GetAsync(Name(piece))));
            for (var i = 0; i < pieces.Length; i++)
            {
                try
                {
                    if (contents[i] is { } content)
                    {
                        _counters.Read(pieces[i], content);
                    }
                }
                catch (InvalidDataException exception)
                {
                    _isIncomplete = true;
                    logger.CheckpointUnreadable(Name(pieces[i]), exception);
                }
            }
        }

        if (_isIncomplete)
        {
            logger.CountsLost(this.GetPrimaryKeyString());
        }
    }

    private async Task WriteAsync(int count)
    {
        while (count > 0 && (_counters.DirtyPieces > 0 || (_isMarked && !_isIncomplete)))
        {
            var taken = new List<int>();
            while (taken.Count < Math.Min(count, PiecesAtOnce) && _counters.TryTakeDirty(out var piece))
            {
                taken.Add(piece);
            }

            try
            {
                // A piece that is written before its mark would hide what another one lacks.
                await _marking;
                if (taken.Count == 0 && _counters.DirtyPieces == 0)
                {
                    _isMarked = false;
                    await blobs.RemoveAsync(Mark);
                    return;
                }

                if (!_isMarked)
                {
                    await blobs.PutAsync(Mark, MarkContent);
                    _isMarked = true;
                }

                var pieces = _counters.Pieces;
                if (pieces > _piecesKnown)
                {
                    var known = new byte[sizeof(int)];
                    BinaryPrimitives.WriteInt32LittleEndian(known, pieces);
                    await blobs.PutAsync(PieceCount, known);
                    _piecesKnown = pieces;
                }

                await Task.WhenAll(taken.Select(WritePieceAsync));
                count -= taken.Count;
            }
            catch (StoreUnavailableException exception)
            {
                taken.ForEach(_counters.MarkDirty);
                _isMarked |= taken.Count == 0;
                logger.CheckpointFailed(this.GetPrimaryKeyString(), exception);
                return;
            }
        }
    }

    private async Task MarkAsync()
    {
        _isMarked = true;
        try
        {
            await blobs.PutAsync(Mark, MarkContent);
        }
        catch (StoreUnavailableException)
        {
            // The next tick tries again, and tells of it.
            _isMarked = false;
        }
    }

    private async Task WritePieceAsync(int piece)
    {
        var buffer = _buffers.TryPop(out var free) ? free : new ArrayBufferWriter<byte>(ShardCounters.MaxPieceBytes);
        _counters.Write(piece, Now, buffer);
        await blobs.PutAsync(Name(piece), buffer.WrittenMemory);

        // Where the store has failed a connection may still read it: then it is left to the collector.
        if (_buffers.Count < MaxBuffers)
        {
            buffer.ResetWrittenCount();
            _buffers.Push(buffer);
        }
    }

    private string Name(int piece) => string.Create(CultureInfo.InvariantCulture, $"shard:{this.GetPrimaryKeyString()}:{piece}");
}
