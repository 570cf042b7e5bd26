using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Reads users from UTF-8 and checks every field.</summary>
internal static class UserReader
{
    /// <summary>Reads a body that is one user.</summary>
    /// <exception cref="InvalidRequestException">It is not.</exception>
    public static User ReadOne(ReadOnlySpan<byte> utf8Json) => JsonRows.ReadSingle(utf8Json, ReadUser);

    /// <summary>Reads a body that is an array of users.</summary>
    /// <exception cref="InvalidRequestException">It is not, or a row breaks a rule.</exception>
    public static List<User> ReadMany(ReadOnlySpan<byte> utf8Json) => JsonRows.ReadArray(utf8Json, ReadUser);

    /// <summary>Reads a body that is a change to a user.</summary>
    /// <exception cref="InvalidRequestException">It is not.</exception>
    public static UserPatch ReadPatch(ReadOnlySpan<byte> utf8Json) => JsonRows.ReadSingle(utf8Json, static (ref reader, json, row) =>
    {
        var fields = ReadFields(ref reader, json, row);
        return new UserPatch { LabelsJson = fields.Labels, Comment = fields.Comment };
    });

    /// <summary>Reads a body that says who is merged into a user.</summary>
    /// <exception cref="InvalidRequestException">It does not.</exception>
    public static string ReadMerge(ReadOnlySpan<byte> utf8Json) => JsonRows.ReadSingle(utf8Json, static (ref reader, _, row) =>
    {
        string? from = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonField.Is(ref reader, "From"u8))
            {
                from = JsonField.Id(ref reader, row, nameof(MergeDocument.From));
            }
            else
            {
                reader.Skip();
            }
        }

        return LeptonKey.Violation(from) is { } rule ? throw JsonField.Invalid(row, nameof(MergeDocument.From), rule) : from!;
    });

    private static User ReadUser(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8Json, int row)
    {
        var fields = ReadFields(ref reader, utf8Json, row);
        return LeptonKey.Violation(fields.Id) is { } rule
            ? throw JsonField.Invalid(row, nameof(User.UserId), rule)
            : new User { UserId = fields.Id!, LabelsJson = fields.Labels, Comment = fields.Comment ?? "" };
    }

    private static (string? Id, string? Labels, string? Comment) ReadFields(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8Json, int row)
    {
        string? id = null;
        string? labels = null;
        string? comment = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonField.Is(ref reader, "UserId"u8))
            {
                id = JsonField.Id(ref reader, row, nameof(User.UserId));
            }
            else if (JsonField.Is(ref reader, "Labels"u8))
            {
                labels = JsonField.Labels(ref reader, row, utf8Json);
            }
            else if (JsonField.Is(ref reader, "Comment"u8))
            {
                comment = JsonField.Comment(ref reader, row);
            }
            else
            {
                reader.Skip();
            }
        }

        return (id, labels, comment);
    }
}
