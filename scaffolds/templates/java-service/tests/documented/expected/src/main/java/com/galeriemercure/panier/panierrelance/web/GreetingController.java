package com.galeriemercure.panier.panierrelance.web;

import jakarta.validation.constraints.Size;
import org.springframework.http.MediaType;
import org.springframework.validation.annotation.Validated;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A first endpoint: replace it with what the service is for. */
@RestController
@Validated
@RequestMapping(path = "/api/greetings", produces = MediaType.APPLICATION_JSON_VALUE)
class GreetingController {

    record Greeting(String from, String text) {}

    @GetMapping("/{name}")
    Greeting greet(@PathVariable @Size(min = 1, max = 50) String name) {
        return new Greeting("panier-relance", "Hello, %s".formatted(name));
    }
}
