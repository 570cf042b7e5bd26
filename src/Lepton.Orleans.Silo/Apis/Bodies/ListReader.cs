using System.Text.Json;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Reads the item ids back from a list that a recommendation grain wrote.</summary>
internal static class ListReader
{
    /// <summary>The ids in their order.</summary>
    /// <param name="list">An array of ids, or of <c>{"Id", "Score"}</c>.</param>
    public static List<string> ItemIds(ListPayload list)
    {
        var ids = new List<string>();
        var reader = new Utf8JsonReader(list.Utf8Json.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("Id"u8);
                _ = reader.Read();
                if (!isId)
                {
                    continue;
                }
            }

            if (reader.TokenType == JsonTokenType.String)
            {
                ids.Add(reader.GetString()!);
            }
        }

        return ids;
    }
}
