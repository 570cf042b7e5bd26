using System.Buffers;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// What a silo has counted for one shard since it sent the last: a run of <see cref="ShardIncrement"/> in a buffer of the
/// shared pool. It belongs to whoever got it last, and is given back by whoever has applied it; one that is sent to another
/// silo, or lost, is left to the collector.
/// </summary>
[GenerateSerializer, Immutable, Alias("lepton.ShardDelta")]
internal sealed record ShardDelta
{
    /// <summary>How long the buffers of the pool are: they stay off the large object heap.</summary>
    public const int BufferBytes = 32 * 1024;

    /// <summary>The increments as bytes, which a serializer copies as they are.</summary>
    [Id(1)] public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The increments.</summary>
    public ReadOnlySpan<ShardIncrement> Increments => MemoryMarshal.Cast<byte, ShardIncrement>(Content.Span);

    /// <summary>Gives the buffer back to the pool. Nobody may look at this delta any more.</summary>
    public void Release()
    {
        if (MemoryMarshal.TryGetArray(Content, out var segment) && segment.Array is { Length: BufferBytes } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
