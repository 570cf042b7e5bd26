using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Cli.Tests.Peer;

/// <summary>Makes the HTTP servers that stand for a service.</summary>
internal static class PeerHost
{
    /// <summary>A server on this machine, not started; without a port, on any that is free.</summary>
    public static WebApplication Make(RequestDelegate answer, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.Run(answer);
        return app;
    }
}
