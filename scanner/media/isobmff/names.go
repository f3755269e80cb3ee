package isobmff

// userNames are the fields of user data that are texts (QuickTime File Format,
// 3GPP TS 26.244, and what cameras write), by ExifTool's names.
var userNames = map[string]string{
	"\xa9ART": "Artist", "\xa9alb": "Album", "\xa9arg": "Arranger", "\xa9ark": "ArrangerKeywords", "\xa9aut": "Author", "\xa9cmt": "Comment",
	"\xa9cok": "ComposerKeywords", "\xa9com": "Composer", "\xa9cpy": "Copyright", "\xa9day": "ContentCreateDate", "\xa9des": "Description", "\xa9dir": "Director",
	"\xa9dis": "Disclaimer", "\xa9ed1": "Edit1", "\xa9enc": "EncodedBy", "\xa9fmt": "Format", "\xa9gen": "Genre", "\xa9grp": "Grouping", "\xa9inf": "Information",
	"\xa9isr": "ISRCCode", "\xa9lab": "RecordLabelName", "\xa9lal": "RecordLabelURL", "\xa9lyr": "Lyrics", "\xa9mak": "Make", "\xa9mod": "Model",
	"\xa9mal": "MakerURL", "\xa9nam": "Title", "\xa9pdk": "ProducerKeywords", "\xa9phg": "RecordingCopyright", "\xa9prd": "Producer", "\xa9prf": "Performers",
	"\xa9prk": "PerformerKeywords", "\xa9prl": "PerformerURL", "\xa9req": "Requirements", "\xa9snk": "SubtitleKeywords", "\xa9snm": "Subtitle",
	"\xa9src": "SourceCredits", "\xa9swf": "SongWriter", "\xa9swk": "SongWriterKeywords", "\xa9swr": "SoftwareVersion", "\xa9too": "Encoder", "\xa9trk": "Track",
	"\xa9wrn": "Warning", "\xa9wrt": "Composer", "\xa9xyz": "GPSCoordinates", "\xa9uid": "UniqueID", "\xa9url": "URL", "\xa9st3": "Subtitle", "\xa9key": "Keywords",
	"\xa9con": "Conductor", "\xa9own": "OwnerName", "\xa9sol": "Soloist", "\xa9lnt": "LinerNotes", "\xa9xpd": "ExecutiveProducer",
	"@mak": "Make", "@mod": "Model", "@swr": "SoftwareVersion", "@day": "ContentCreateDate", "@xyz": "GPSCoordinates",
	"albm": "Album", "albr": "AlbumArtist", "auth": "Author", "titl": "Title", "cprt": "Copyright", "dscp": "Description", "gnre": "Genre", "perf": "Performer", "kywd": "Keywords",
	"loci": "LocationInformation", "coll": "Collection", "name": "Name", "URL ": "URL", "vndr": "Vendor", "urat": "UserRating", "slno": "SerialNumber", "SNum": "SerialNumber",
	"desc": "Description", "ldes": "LongDescription", "keyw": "Keywords", "catg": "Category", "purd": "PurchaseDate", "apID": "AppleStoreAccount", "ownr": "OwnerName",
	"manu": "Make", "modl": "Model", "cmid": "CameraID", "cmnm": "Model", "date": "DateTimeOriginal", "FIRM": "FirmwareVersion", "LENS": "LensSerialNumber",
	"info": "Information", "tnam": "TrackName", "CNFV": "FirmwareVersion", "CNMN": "Model", "CNCV": "CompressorVersion", "vrng": "Warning", "hpix": "HipixURL",
}

// mobile are those of 3GPP, which begin with version, flags and a language.
var mobile = map[string]bool{"albm": true, "auth": true, "titl": true, "cprt": true, "dscp": true, "gnre": true, "perf": true, "coll": true, "loci": true, "kywd": true}

// itemNames are the fields of iTunes.
var itemNames = map[string]string{
	"\xa9ART": "Artist", "aART": "AlbumArtist", "\xa9alb": "Album", "\xa9aut": "Author", "auth": "Author", "\xa9cmt": "Comment", "\xa9com": "Composer", "\xa9wrt": "Composer",
	"\xa9cpy": "Copyright", "cprt": "Copyright", "\xa9con": "Conductor", "\xa9day": "ContentCreateDate", "\xa9des": "Description", "desc": "Description", "ldes": "LongDescription",
	"\xa9dir": "Director", "\xa9enc": "EncodedBy", "\xa9gen": "Genre", "\xa9grp": "Grouping", "\xa9lyr": "Lyrics", "\xa9mak": "Make", "\xa9mod": "Model", "\xa9nam": "Title", "titl": "Title",
	"\xa9nrt": "Narrator", "\xa9prd": "Producer", "\xa9prf": "Performers", "perf": "Performer", "\xa9pub": "Publisher", "\xa9st3": "Subtitle", "\xa9swr": "SoftwareVersion", "\xa9too": "Encoder", "\xa9trk": "Track",
	"\xa9url": "URL", "\xa9wrk": "Work", "\xa9mvn": "MovementName", "\xa9xyz": "GPSCoordinates", "\xa9own": "OwnerName", "\xa9sol": "Soloist", "\xa9xpd": "ExecutiveProducer", "\xa9phg": "RecordingCopyright",
	"apID": "AppleStoreAccount", "ownr": "OwnerName", "purd": "PurchaseDate", "catg": "Category", "keyw": "Keywords", "purl": "PodcastURL", "egid": "EpisodeGlobalUniqueID",
	"soaa": "SortAlbumArtist", "soal": "SortAlbum", "soar": "SortArtist", "soco": "SortComposer", "sonm": "SortName", "sosn": "SortShow", "tvsh": "TVShow", "tvnn": "TVNetworkName", "tven": "TVEpisodeID",
	"sdes": "StoreDescription", "xid ": "ISRC", "flvr": "Flavor", "albm": "Album", "dscp": "Description", "grup": "Grouping", "covr": "CoverArt",
}

// keyNames are the fields of QuickTime's metadata, lower case and without the
// domain, where their name is not just their words put together.
var keyNames = map[string]string{
	"location.iso6709": "GPSCoordinates", "location.name": "LocationName", "location.body": "LocationBody", "location.note": "LocationNote", "location.role": "LocationRole", "location.date": "LocationDate",
	"creationdate": "CreationDate", "displayname": "DisplayName", "originalartist": "OriginalArtist", "encodedby": "EncodedBy", "encoded_by": "EncodedBy",
	"phonogram.rights": "RecordingCopyright", "serialno": "SerialNumber", "cameraid": "CameraID", "cameraname": "CameraName", "cameraowner": "CameraOwnerName", "camera.owner": "CameraOwnerName", "owner": "OwnerName",
	"direction.facing": "CameraDirection", "direction.motion": "CameraMotion", "camera.identifier": "CameraIdentifier", "player.movie.audio.name": "AudioName",
	"album_artist": "AlbumArtist", "performer": "Performer", "performers": "Performers", "software": "Software", "title": "Title", "xyz": "GPSCoordinates", "location": "GPSCoordinates",
}
