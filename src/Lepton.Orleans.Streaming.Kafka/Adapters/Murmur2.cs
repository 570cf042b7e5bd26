using System.Buffers.Binary;

namespace Lepton.Orleans.Streaming.Kafka.Adapters;

/// <summary>MurmurHash2 of Austin Appleby, 32 bits, with the seed that Kafka's clients for Java use.</summary>
internal static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint M = 0x5bd1e995;

    /// <summary>The partition of a key among <paramref name="count"/>.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int count) => (int)(Hash(key) & 0x7fffffff) % count;

    /// <summary>The hash of a key.</summary>
    public static uint Hash(ReadOnlySpan<byte> key)
    {
        var hash = Seed ^ (uint)key.Length;
        for (; key.Length >= 4; key = key[4..])
        {
            var k = BinaryPrimitives.ReadUInt32LittleEndian(key) * M;
            hash = (hash * M) ^ ((k ^ (k >> 24)) * M);
        }

        if (key.Length > 0)
        {
            for (var i = 0; i < key.Length; i++)
            {
                hash ^= (uint)key[i] << (8 * i);
            }

            hash *= M;
        }

        hash = (hash ^ (hash >> 13)) * M;
        return hash ^ (hash >> 15);
    }
}
