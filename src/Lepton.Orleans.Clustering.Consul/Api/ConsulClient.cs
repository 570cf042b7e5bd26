using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Polly.Timeout;

namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>The part of Consul's HTTP API that clustering needs. What goes wrong is a <see cref="ConsulException"/> with Consul's own words.</summary>
internal sealed class ConsulClient(IHttpClientFactory clients, IOptions<ConsulClusteringOptions> options)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string HttpClientName = "Lepton.Orleans.Clustering.Consul";

    private const int MaxMessage = 1000;

    /// <summary>All entries whose keys begin with a prefix, as one consistent snapshot: from the leader, confirmed by a quorum.</summary>
    public async Task<KeyValue[]> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, $"v1/kv/{Escape(prefix)}?recurse=true&consistent=true", null, cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? [] : await ReadAsync(response, ConsulJson.Default.KeyValueArray, cancellationToken);
    }

    /// <summary>Writes an entry, whatever it held.</summary>
    public async Task PutAsync(string key, byte[] value, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(value);
        using var response = await SendAsync(HttpMethod.Put, $"v1/kv/{Escape(key)}", content, cancellationToken);
        if ((await response.Content.ReadAsStringAsync(cancellationToken)).Trim() != "true")
        {
            throw new ConsulException($"Consul did not write the key '{key}'.", response.StatusCode);
        }
    }

    /// <summary>Does all operations or none.</summary>
    /// <returns>False: none, because somebody else has written an entry in between.</returns>
    public async Task<bool> CommitAsync(IEnumerable<KeyOperation> operations, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(operations.Select(operation => new TransactionStep(operation)).ToArray(), ConsulJson.Default.TransactionStepArray);
        using var response = await SendAsync(HttpMethod.Put, "v1/txn", content, cancellationToken);
        var answer = await ReadAsync(response, ConsulJson.Default.TransactionAnswer, cancellationToken);
        if (answer.Errors is not { Count: > 0 } errors)
        {
            return response.IsSuccessStatusCode
                ? true
                : throw new ConsulException($"Consul answered {(int)response.StatusCode} to a transaction and named no reason.", response.StatusCode);
        }

        return errors.All(error => error.IsConflict)
            ? false
            : throw new ConsulException($"Consul refused a transaction: {string.Join("; ", errors.Where(error => !error.IsConflict).Select(error => error.What))}", response.StatusCode);
    }

    /// <summary>Tells the agent of a service, or what is new about it.</summary>
    public async Task RegisterAsync(ServiceDefinition service, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(service, ConsulJson.Default.ServiceDefinition);
        using var response = await SendAsync(HttpMethod.Put, "v1/agent/service/register", content, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new ConsulException($"Consul answered {(int)response.StatusCode} to the registration of service {service.Name}.", response.StatusCode);
        }
    }

    /// <summary>Whether the agent knows a service.</summary>
    public async Task<bool> IsRegisteredAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, $"v1/agent/service/{Uri.EscapeDataString(id)}", null, cancellationToken);
        return response.StatusCode != HttpStatusCode.NotFound;
    }

    /// <summary>Makes the agent forget a service.</summary>
    public async Task DeregisterAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Put, $"v1/agent/service/deregister/{Uri.EscapeDataString(id)}", null, cancellationToken);
    }

    // An answer is a success, or means something to the caller: nothing there, or a transaction that did not happen.
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        using var request = new HttpRequestMessage(method, new Uri(settings.Address!, InDatacenter(path, settings.Datacenter))) { Content = content };
        if (!string.IsNullOrEmpty(settings.Token))
        {
            request.Headers.Add("X-Consul-Token", settings.Token);
        }

        HttpResponseMessage response;
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            response = await client.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new ConsulException($"Consul at {settings.Address} did not answer: {exception.Message}", exception.StatusCode, exception);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new ConsulException($"Consul at {settings.Address} did not answer in time.", innerException: new TimeoutException(exception.Message, exception));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody has cancelled anything: this is what a connection ends with that nobody accepts or refuses.
            throw new ConsulException($"Consul at {settings.Address} cannot be reached in time.", innerException: new TimeoutException(exception.Message, exception));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new ConsulException($"Consul at {settings.Address} cannot be asked: {exception.Message}", innerException: exception);
        }

        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return response;
        }

        using (response)
        {
            var message = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
            throw new ConsulException(
                $"Consul at {settings.Address} answered {(int)response.StatusCode} to {method} {path.Split('?')[0]}: {message[..Math.Min(message.Length, MaxMessage)]}", response.StatusCode);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("The answer is empty.");
        }
        catch (JsonException exception)
        {
            throw new ConsulException($"Consul's answer ({(int)response.StatusCode}) cannot be read: {exception.Message}", response.StatusCode, exception);
        }
    }

    // An agent is asked about itself.
    private static string InDatacenter(string path, string? datacenter) =>
        string.IsNullOrEmpty(datacenter) || path.StartsWith("v1/agent/", StringComparison.Ordinal) ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}dc={Uri.EscapeDataString(datacenter)}";

    private static string Escape(string key) => string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
}
