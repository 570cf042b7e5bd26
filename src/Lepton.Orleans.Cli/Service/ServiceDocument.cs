using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lepton.Orleans.Cli.Service;

/// <summary>Documents that the service answers with.</summary>
internal static class ServiceDocument
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Reads an answer.</summary>
    /// <exception cref="CommandFailedException">It is no such document.</exception>
    public static T Parse<T>(byte[] answer)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(answer, Json) ?? throw new JsonException();
        }
        catch (JsonException exception)
        {
            throw new CommandFailedException("The address answers, but not as a Lepton service does; is --url right?", exception);
        }
    }
}
