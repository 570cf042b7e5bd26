using System.Buffers;
using System.Text.Json;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Replication;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>Writes lists as they are sent. What a thread writes with it keeps for its next list, so that only the list is allocated.</summary>
internal static class ListWriter
{
    // A list of a thousand long ids once must not be remembered by every thread.
    private const int LargestKept = 1 << 16;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _output;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>The ids of some places, or objects of id and score.</summary>
    public static ListPayload Write(ReadOnlySpan<RankedItem> places, CatalogReplica catalog, bool scored)
    {
        // All ids are found before the first is written: where one is in memory is waited for beside the others.
        var ids = ArrayPool<string?>.Shared.Rent(places.Length);
        for (var i = 0; i < places.Length; i++)
        {
            ids[i] = catalog.Entry(places[i].Item)?.ItemId;
        }

        var output = _output ??= new ArrayBufferWriter<byte>();
        var json = _json ??= new Utf8JsonWriter(output);
        output.ResetWrittenCount();
        json.Reset();
        Write(places, ids, scored, json);
        json.Flush();
        var payload = new ListPayload(output.WrittenSpan.ToArray());
        if (output.Capacity > LargestKept)
        {
            (_output, _json) = (null, null);
        }

        ids.AsSpan(0, places.Length).Clear();
        ArrayPool<string?>.Shared.Return(ids);
        return payload;
    }

    private static void Write(ReadOnlySpan<RankedItem> places, ReadOnlySpan<string?> ids, bool scored, Utf8JsonWriter json)
    {
        json.WriteStartArray();
        for (var i = 0; i < places.Length; i++)
        {
            if (ids[i] is not { } id)
            {
                continue;
            }

            if (scored)
            {
                json.WriteStartObject();
                json.WriteString("Id"u8, id);
                json.WriteNumber("Score"u8, places[i].Score);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStringValue(id);
            }
        }

        json.WriteEndArray();
    }
}
