using System.Globalization;
using System.Net;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.Clustering.Consul.Tests.Services;

/// <summary>What an agent asks for a service's health.</summary>
internal sealed class CheckServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public CheckServer()
    {
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/"));
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Url { get; }

    public bool IsWell { get; set; } = true;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                context.Response.StatusCode = IsWell ? 200 : 503;
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
