namespace Lepton.Orleans.Silo.Hosting;

/// <summary>Defaults of the host itself.</summary>
internal static class HostExtensions
{
    /// <summary>Listens where nobody says otherwise.</summary>
    public static void UseDefaultUrl(this WebApplicationBuilder builder, string url)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(url);
        }
    }
}
