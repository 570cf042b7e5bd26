using System.Security.Cryptography;
using System.Text.Json;

namespace Lepton.Orleans.Cli.Backups;

/// <summary>Reads of a backup's line what is needed to tell lines apart, without reading all of it.</summary>
internal static class BackupRecord
{
    /// <summary>The kind of the first line.</summary>
    public const string Header = "Backup";

    /// <summary>The kind of a line that holds an item.</summary>
    public const string Item = "Item";

    /// <summary>The kind of a line that holds a user.</summary>
    public const string User = "User";

    /// <summary>The kind of a line that says that a user is no more.</summary>
    public const string Gone = "Gone";

    /// <summary>The kind of a line that holds a part of the model.</summary>
    public const string Model = "Model";

    /// <summary>The kind of the line that puts the model's parts before it in place.</summary>
    public const string Training = "Training";

    /// <summary>The kind of a line that holds a piece of the counters.</summary>
    public const string Counters = "Counters";

    /// <summary>The kind of the last line.</summary>
    public const string End = "End";

    /// <summary>The kind of a line, which stands first in it; empty where it has none.</summary>
    /// <exception cref="JsonException">The line is no JSON.</exception>
    public static string KindOf(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        return json.Read() && json.Read() && json.ValueTextEquals("Kind"u8) && json.Read() ? json.GetString() ?? "" : "";
    }

    /// <summary>Whether a line of a kind has something to keep of a user, be it that of one who was merged into another.</summary>
    public static bool HoldsUser(ReadOnlySpan<byte> line, string kind) => kind == User || (kind == Gone && Has(line, "Left"u8));

    /// <summary>The id that follows the kind of a line about a user.</summary>
    /// <exception cref="JsonException">It does not.</exception>
    public static string UserOf(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        for (var token = 0; token < 4; token++)
        {
            _ = json.Read();
        }

        return json.ValueTextEquals("UserId"u8) && json.Read() ? json.GetString()! : throw new JsonException("A line about a user does not begin with its UserId.");
    }

    /// <summary>The number that a field of a line has.</summary>
    /// <exception cref="JsonException">It has none.</exception>
    public static long NumberOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field)
    {
        var json = new Utf8JsonReader(line);
        return Find(ref json, field) ? json.GetInt64() : throw new JsonException("A line lacks a field that it must have.");
    }

    /// <summary>A number that two different lines do not have in common.</summary>
    public static UInt128 HashOf(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(line, hash);
        return new UInt128(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
    }

    private static bool Has(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field)
    {
        var json = new Utf8JsonReader(line);
        return Find(ref json, field);
    }

    // Reads as far as the value of a field of the line itself.
    private static bool Find(ref Utf8JsonReader json, ReadOnlySpan<byte> field)
    {
        _ = json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isField = json.ValueTextEquals(field);
            _ = json.Read();
            if (isField)
            {
                return true;
            }

            json.Skip();
        }

        return false;
    }
}
